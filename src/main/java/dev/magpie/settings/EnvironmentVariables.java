package dev.magpie.settings;

import java.util.Collection;
import java.util.Comparator;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;

/** The environment variables with Magpie's prefix: each overrides a setting, or is known to belong to something else. */
final class EnvironmentVariables {
  private static final String PREFIX = "MAGPIE_";

  /** Variables of the tests. */
  private static final Set<String> OTHERS = Set.of("MAGPIE_TEST_MONGO", "MAGPIE_CHROMIUM");

  /** Variables that Kubernetes and Docker links set for services whose names begin with "magpie". */
  private static final Pattern SERVICE = Pattern.compile(PREFIX + "(.+_)?(SERVICE_HOST|SERVICE_PORT(_.+)?|PORT_\\d+_(TCP|UDP|SCTP)(_.+)?)");
  private static final Pattern SERVICE_PORT = Pattern.compile("(tcp|udp|sctp)://.*");

  private EnvironmentVariables() {}

  /** @throws SettingsException for a variable that overrides no setting */
  static void check(Map<String, String> environment, Collection<String> settings) {
    for (String name : new TreeSet<>(environment.keySet())) {
      if (!name.startsWith(PREFIX) || settings.contains(name) || OTHERS.contains(name) || isService(name, environment.get(name))) continue;
      throw SettingsException.of("environment variable " + name + ": not a setting; did you mean " + nearest(name, settings) + "?");
    }
  }

  private static boolean isService(String name, String value) {
    return SERVICE.matcher(name).matches() || name.endsWith("_PORT") && SERVICE_PORT.matcher(value).matches();
  }

  private static String nearest(String name, Collection<String> settings) {
    return settings.stream()
        .min(Comparator.<String>comparingInt(setting -> distance(name, setting)).thenComparing(Comparator.naturalOrder())).orElseThrow();
  }

  /** The Levenshtein distance: number of characters to insert, remove or replace. */
  private static int distance(String a, String b) {
    int[] row = new int[b.length() + 1];
    for (int j = 0; j <= b.length(); j++) row[j] = j;
    for (int i = 1; i <= a.length(); i++) {
      int diagonal = row[0];
      row[0] = i;
      for (int j = 1; j <= b.length(); j++) {
        int replaced = diagonal + (a.charAt(i - 1) == b.charAt(j - 1) ? 0 : 1);
        diagonal = row[j];
        row[j] = Math.min(replaced, Math.min(row[j], row[j - 1]) + 1);
      }
    }
    return row[b.length()];
  }
}
