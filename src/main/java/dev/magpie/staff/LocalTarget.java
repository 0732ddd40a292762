package dev.magpie.staff;

import java.util.regex.Pattern;

/** Where a page goes behind a login: only to a path of this server, whatever the link that led to the login says. Pure. */
final class LocalTarget {
  /** One slash first, then what a path, a query and a fragment have: no second slash, no backslash, no control character. */
  private static final Pattern PATH = Pattern.compile("/(?![/\\\\])[A-Za-z0-9._~!$&'()*+,;=:@%/?#-]*");

  private static final int LONGEST = 512;

  private LocalTarget() {}

  /** The path, if it is one; otherwise empty: the page of the account. */
  static String of(String wanted) {
    return wanted.length() <= LONGEST && PATH.matcher(wanted).matches() ? wanted : "";
  }
}
