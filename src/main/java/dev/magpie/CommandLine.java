package dev.magpie;

import dev.magpie.settings.SettingsException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * The program's arguments, which Magpie checks before Vert.x's launcher reads them.
 *
 * @param conf the value of {@code -conf}, or null
 * @param help whether the launcher's help is asked for
 * @param rest the arguments for the launcher: the verticle first, without {@code -conf}
 */
record CommandLine(String conf, boolean help, List<String> rest) {
  static final String MAIN_VERTICLE = "dev.magpie.MainVerticle";

  /** The launcher's options, and whether each takes a value. */
  private static final Map<String, Boolean> OPTIONS = Map.ofEntries(
      Map.entry("options", true), Map.entry("vertx-options", true), Map.entry("deployment-options", true), Map.entry("conf", true),
      Map.entry("instances", true),
      Map.entry("cluster-port", true), Map.entry("cluster-host", true), Map.entry("cluster-public-port", true),
      Map.entry("cluster-public-host", true),
      Map.entry("cluster", false), Map.entry("c", false), Map.entry("worker", false), Map.entry("w", false),
      Map.entry("virtual-thread", false), Map.entry("vt", false),
      Map.entry("help", false), Map.entry("h", false));

  /** @throws SettingsException for arguments that are not allowed */
  static CommandLine parse(String[] args) {
    String conf = null;
    String instances = null;
    String verticle = null;
    boolean help = false;
    List<String> options = new ArrayList<>();
    for (int i = args.length > 0 && args[0].equals("run") ? 1 : 0; i < args.length; i++) {
      if (!args[i].startsWith("-")) {
        // Not shown: settings that a shell took apart may hold secrets.
        if (verticle != null) throw SettingsException.of("command line: argument " + (i + 1) + ": a second verticle; allowed: one");
        if (!args[i].matches("[\\w.$:/-]{1,200}"))
          throw SettingsException.of("command line: argument " + (i + 1) + ": not the name of a verticle");
        verticle = args[i];
        continue;
      }
      String[] parts = args[i].split("=", 2);
      String name = parts[0].replaceFirst("^--?", "").toLowerCase(java.util.Locale.ROOT);
      Boolean valued = OPTIONS.get(name);
      if (valued == null) {
        String named = parts[0].matches("[\\w-]{1,40}") ? parts[0] : "argument " + (i + 1);
        throw SettingsException.of("command line: " + named + ": not an option; -help lists them");
      }
      String value = parts.length == 2 ? parts[1] : null;
      if (valued && value == null) {
        if (i + 1 == args.length) throw SettingsException.of("command line: " + args[i] + ": its value is missing");
        value = args[++i];
      }
      switch (name) {
        case "conf" -> conf = value;
        case "instances" -> instances = value;
        case "help", "h" -> help = true;
        // Without a cluster's configuration Hazelcast joins whatever answers on any interface.
        case "cluster", "c" -> throw SettingsException.of("command line: -cluster: this version runs as a single node");
        default -> {
          options.add("-" + name);
          if (valued) options.add(value);
        }
      }
    }
    if (verticle == null) verticle = MAIN_VERTICLE;
    if (instances != null) options.addAll(List.of("-instances", checked(instances, verticle)));
    options.add(0, verticle);
    return new CommandLine(conf, help, options);
  }

  /** Splits {@code -name=value} into two words, for commands that read options word by word. */
  static List<String> separated(List<String> words) {
    List<String> separated = new ArrayList<>();
    for (String word : words) separated.addAll(word.startsWith("-") ? List.of(word.split("=", 2)) : List.of(word));
    return separated;
  }

  private static String checked(String instances, String verticle) {
    if (!instances.matches("[1-9]\\d{0,3}"))
      throw SettingsException.refused("command line", "-instances", instances, "a whole number from 1 to 9999");
    if (verticle.equals(MAIN_VERTICLE) && !instances.equals("1")) {
      throw SettingsException.refused("command line", "-instances", instances,
          "1, since " + MAIN_VERTICLE + " is the whole server; the setting gateway.instances makes it use more event loops");
    }
    return instances;
  }
}
