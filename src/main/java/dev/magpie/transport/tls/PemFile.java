package dev.magpie.transport.tls;

import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/**
 * A PEM file as it was read: two are equal if the file was the same both times.
 *
 * @param path as the settings name it
 * @param text null where the file cannot be read
 * @param failure why it cannot; null where it can
 */
public record PemFile(String path, @Nullable String text, @Nullable String failure) {
  /** More than any chain of certificates. */
  private static final long MAX_BYTES = 1 << 20;

  /** Reads it; blocks. */
  public static PemFile read(String path) {
    try {
      Path file = Path.of(path);
      if (Files.isDirectory(file)) return new PemFile(path, null, "is a folder");
      if (Files.size(file) > MAX_BYTES) return new PemFile(path, null, "has more than " + MAX_BYTES + " bytes");
      // Binary files are not UTF-8.
      return new PemFile(path, new String(Files.readAllBytes(file), java.nio.charset.StandardCharsets.ISO_8859_1), null);
    } catch (NoSuchFileException e) {
      return new PemFile(path, null, "does not exist");
    } catch (AccessDeniedException e) {
      return new PemFile(path, null, "may not be read by this user");
    } catch (IOException | RuntimeException e) {
      return new PemFile(path, null, "cannot be read");
    }
  }

  /** @throws CertificateException where the file cannot be read */
  String require(String setting) throws CertificateException {
    if (text == null) throw new CertificateException(setting, path, failure, "a PEM file that this user may read");
    return text;
  }

  /** Without the text, which may be a key. */
  @Override
  public String toString() {
    return "PemFile[" + path + "]";
  }
}
