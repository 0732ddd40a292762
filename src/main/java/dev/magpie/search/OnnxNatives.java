package dev.magpie.search;

import dev.magpie.logging.Reason;
import java.io.IOException;
import java.io.InputStream;
import java.lang.reflect.Field;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.net.URL;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.UUID;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * ONNX Runtime's native libraries in a folder that stays. Its own loader copies 16 MB into a new folder below the system's temporary one at
 * each start, which a killed process leaves there, and which may be read-only; even where it is told a folder, it first makes an empty one
 * there. So what its loader does is done here, by the same steps; where a version of it has others, it does them itself.
 */
final class OnnxNatives {
  private static final Logger log = LoggerFactory.getLogger(OnnxNatives.class);

  private OnnxNatives() {}

  /** Once in a process; each further call does nothing. */
  static synchronized void load(Path folder) {
    try {
      Class<?> runtime = Class.forName("ai.onnxruntime.OnnxRuntime");
      Field loaded = field(runtime, "loaded");
      if (loaded.getBoolean(null)) return;
      Path platform = folder.toAbsolutePath().resolve((String) field(runtime, "OS_ARCH_STR").get(null));
      Files.createDirectories(platform);
      System.load(library(runtime, platform, "onnxruntime").toString());
      System.load(library(runtime, platform, "onnxruntime4j_jni").toString());
      initialise(runtime);
      loaded.setBoolean(null, true);
    } catch (ReflectiveOperationException | IOException | LinkageError failure) {
      log.info("native libraries left to their own loader folder={} reason={}", folder, Reason.of(failure));
    }
  }

  /** In place already, or copied: whole or not at all, since another process may load it. */
  private static Path library(Class<?> runtime, Path folder, String name) throws IOException {
    String file = System.mapLibraryName(name).replace("jnilib", "dylib");
    URL packed = runtime.getResource("/ai/onnxruntime/native/" + folder.getFileName() + "/" + file);
    if (packed == null) throw new IOException("no " + file + " for " + folder.getFileName());
    Path library = folder.resolve(file);
    if (Files.exists(library) && Files.size(library) == packed.openConnection().getContentLengthLong()) return library;
    Path copy = folder.resolve(file + "." + UUID.randomUUID());
    try (InputStream in = packed.openStream()) {
      Files.copy(in, copy);
      Files.move(copy, library, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    } finally {
      Files.deleteIfExists(copy);
    }
    return library;
  }

  private static void initialise(Class<?> runtime) throws ReflectiveOperationException {
    int version = field(runtime, "ORT_API_VERSION_14").getInt(null);
    long api = (long) call(runtime, "initialiseAPIBase", new Class<?>[] {int.class}, version);
    if (api == 0) throw new ReflectiveOperationException("the native library has no version " + version);
    long training = (long) call(runtime, "initialiseTrainingAPIBase", new Class<?>[] {long.class, int.class}, api, version);
    field(runtime, "ortApiHandle").setLong(null, api);
    field(runtime, "ortTrainingApiHandle").setLong(null, training);
    field(runtime, "trainingEnabled").setBoolean(null, training != 0);
    field(runtime, "providers").set(null, call(runtime, "initialiseProviders", new Class<?>[] {long.class}, api));
    field(runtime, "version").set(null, call(runtime, "initialiseVersion", new Class<?>[0]));
  }

  private static Field field(Class<?> runtime, String name) throws ReflectiveOperationException {
    Field field = runtime.getDeclaredField(name);
    field.setAccessible(true);
    return field;
  }

  private static Object call(Class<?> runtime, String name, Class<?>[] types, Object... arguments) throws ReflectiveOperationException {
    Method method = runtime.getDeclaredMethod(name, types);
    method.setAccessible(true);
    try {
      return method.invoke(null, arguments);
    } catch (InvocationTargetException e) {
      if (e.getCause() instanceof Error failure) throw failure;
      throw e;
    }
  }
}
