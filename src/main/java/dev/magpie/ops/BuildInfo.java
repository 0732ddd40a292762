package dev.magpie.ops;

import java.io.IOException;
import java.io.InputStream;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.Properties;

/** Which build this is; the commit is empty where it was built outside git. */
public record BuildInfo(String version, String commit) {
  public static BuildInfo read() {
    Properties properties = new Properties();
    try (InputStream in = BuildInfo.class.getResourceAsStream("/magpie/build.properties")) {
      if (in != null) properties.load(in);
    } catch (IOException e) {
      // Started from an unusual class path; the build is then called unknown.
    }
    return new BuildInfo(properties.getProperty("version", "unknown"), properties.getProperty("commit", ""));
  }

  /** Where the program's jar lies; empty where it was not started from one. */
  public static Optional<Path> folder() {
    try {
      Path jar = Path.of(BuildInfo.class.getProtectionDomain().getCodeSource().getLocation().toURI());
      return Files.isRegularFile(jar) ? Optional.ofNullable(jar.getParent()) : Optional.empty();
    } catch (URISyntaxException | RuntimeException e) {
      return Optional.empty();
    }
  }

  @Override
  public String toString() {
    return commit.isEmpty() ? version : version + " (" + commit + ")";
  }
}
