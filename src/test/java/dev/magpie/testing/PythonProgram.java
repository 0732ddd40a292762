package dev.magpie.testing;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.opentest4j.TestAbortedException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A program from PyPI that tests run, in an environment of its own below {@code target}.
 *
 * @param name of the program
 * @param requirements a file of {@code src/test/python} that names it and what it needs, with their versions
 */
public record PythonProgram(String name, String requirements) {
  private static final Logger log = LoggerFactory.getLogger(PythonProgram.class);

  private static final Path BASE = Path.of(System.getProperty("basedir", "")).toAbsolutePath();
  private static final long INSTALL_SECONDS = 300;

  /** Where it is once it is installed. */
  public String path() {
    return folder().resolve("bin").resolve(name).toString();
  }

  private Path folder() {
    return BASE.resolve("target").resolve(name);
  }

  /**
   * Fetches nothing when what the requirements name is there already. Where Python cannot install it, the test is skipped with a loud line,
   * but fails where {@code CI=true}.
   */
  @SuppressWarnings("try")
  public void install() throws IOException, InterruptedException {
    synchronized (PythonProgram.class) {
      try (FileChannel installing = FileLocks.acquire("python-programs", false)) {
        installIfMissing();
      }
    }
  }

  private void installIfMissing() throws IOException, InterruptedException {
    Path wanted = BASE.resolve("src/test/python").resolve(requirements);
    Path done = folder().resolve("installed.txt");
    if (Files.exists(done) && Files.mismatch(done, wanted) < 0) return;
    Files.createDirectories(folder());
    Path out = folder().resolve("install.out");
    boolean installed =
        run(out, List.of("python3", "-m", "venv", folder().toString()))
            && run(out, List.of(folder().resolve("bin/pip").toString(), "install", "--quiet", "--disable-pip-version-check", "-r",
            wanted.toString()));
    if (installed) {
      Files.copy(wanted, done, StandardCopyOption.REPLACE_EXISTING);
      return;
    }
    String why = "no " + name + " for tests, for Python did not install it: " + Files.readString(out).strip();
    if ("true".equals(System.getenv("CI"))) throw new IOException(why);
    log.error("SKIPPED {}", why);
    throw new TestAbortedException(why);
  }

  private static boolean run(Path out, List<String> command) throws IOException, InterruptedException {
    Process process;
    try {
      process = new ProcessBuilder(command).redirectErrorStream(true).redirectOutput(ProcessBuilder.Redirect.appendTo(out.toFile()))
          .start();
    } catch (IOException noSuchProgram) {
      Files.writeString(out, noSuchProgram.getMessage());
      return false;
    }
    process.getOutputStream().close();
    if (process.waitFor(INSTALL_SECONDS, TimeUnit.SECONDS)) return process.exitValue() == 0;
    process.destroyForcibly();
    Files.writeString(out, "not done after " + INSTALL_SECONDS + " s");
    return false;
  }
}
