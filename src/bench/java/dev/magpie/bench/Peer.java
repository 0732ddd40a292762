package dev.magpie.bench;

import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * One of the servers that are compared.
 *
 * @param command starts it; its port is in the environment
 */
record Peer(String name, List<String> command) {

  /** A way to have a peer; fails where a tool or a registry is not at hand. */
  interface Preparation {
    Peer prepare() throws Exception;
  }

  static Peer magpie(String name, String java, Path project, Path work) throws Exception {
    Path archive = work.resolve(name + ".jsa");
    Path jar = project.resolve("target/magpie.jar");
    if (!Files.exists(jar)) throw new IOException(jar + " is not built");
    Files.deleteIfExists(archive);
    run(work.resolve(name + "-archive"), java, "-XX:ArchiveClassesAtExit=" + archive, "-XX:+UseSerialGC", "-cp", jar.toString(),
        "dev.magpie.ClassArchiveTraining", "data");
    // The command line of benchmarks.md, with absolute paths.
    return new Peer(name, List.of(java, "-XX:+UseSerialGC", "-Xms64m", "-Xmn16m", "-XX:SharedArchiveFile=" + archive, "-jar",
        jar.toString(), "-conf", project.resolve("conf/bench.json").toString()));
  }

  /** The same without options, as a bare {@code java -jar}. */
  static Peer plainMagpie(String name, String java, Path project) {
    return new Peer(name, List.of(java, "-jar", project.resolve("target/magpie.jar").toString(), "-conf",
        project.resolve("conf/bench.json").toString()));
  }

  static Peer node(String name, String engine, Path source, Path work) throws Exception {
    Path folder = work.resolve("node");
    if (!Files.exists(folder.resolve("node_modules/socket.io"))) {
      copy(source.resolve("node"), folder);
      run(folder, System.getProperty("npm.executable", "npm"), "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--no-update-notifier");
    }
    Files.copy(source.resolve("node/server.js"), folder.resolve("server.js"), java.nio.file.StandardCopyOption.REPLACE_EXISTING);
    return new Peer(name, List.of(System.getProperty("node.executable", "node"), folder.resolve("server.js").toString(), engine));
  }

  static Peer nettySocketIo(String name, String java, Path source, Path work) throws Exception {
    Path folder = work.resolve("netty-socketio");
    copy(source.resolve("netty-socketio"), folder);
    Path jars = folder.resolve("jars");
    if (!Files.exists(jars)) {
      run(folder, System.getProperty("maven.executable", "mvn"), "-q", "-B",
          "org.apache.maven.plugins:maven-dependency-plugin:3.8.1:copy-dependencies", "-DoutputDirectory=" + jars);
    }
    String javac = Path.of(java).resolveSibling("javac").toString();
    run(folder, javac, "-d", "classes", "-cp", jars + File.separator + "*", "Peer.java");
    return new Peer(name, List.of(java, "-cp", jars + "/*" + File.pathSeparator + folder.resolve("classes"), "Peer"));
  }

  static Peer socketioxide(String name, Path source, Path work) throws Exception {
    Path folder = work.resolve("socketioxide");
    copy(source.resolve("socketioxide"), folder);
    run(folder, System.getProperty("cargo.executable", "cargo"), "build", "-q", "--release", "--target-dir",
        folder.resolve("target").toString());
    return new Peer(name, List.of(folder.resolve("target/release/peer").toString()));
  }

  private static void copy(Path from, Path to) throws IOException {
    List<Path> files;
    try (var walk = Files.walk(from)) {
      files = walk.filter(Files::isRegularFile).toList();
    }
    for (Path file : files) {
      Path copy = to.resolve(from.relativize(file).toString());
      Files.createDirectories(copy.getParent());
      Files.copy(file, copy, java.nio.file.StandardCopyOption.REPLACE_EXISTING);
    }
  }

  private static void run(Path folder, String... command) throws Exception {
    Files.createDirectories(folder);
    File log = folder.resolve("prepare.log").toFile();
    Process process = new ProcessBuilder(new ArrayList<>(List.of(command))).directory(folder.toFile()).redirectErrorStream(true)
        .redirectOutput(log).start();
    if (!process.waitFor(10, TimeUnit.MINUTES)) process.destroyForcibly();
    if (process.exitValue() != 0) throw new IOException(String.join(" ", command) + " failed: see " + log);
  }
}
