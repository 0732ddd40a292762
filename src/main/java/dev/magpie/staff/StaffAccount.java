package dev.magpie.staff;

import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * A member of staff. Immutable.
 *
 * @param login the name of the login, unique
 * @param name as pages show it
 * @param password hash; null for one of single sign-on
 * @param mustChange whether the password has to be changed before anything else
 * @param epoch of the sessions: those of an earlier one have ended
 * @param totp the sealed secret of the one-time codes; null where there is none
 * @param recovery how many recovery codes are left
 */
public record StaffAccount(
    String login, String name, Set<StaffRole> roles, @Nullable String password, boolean mustChange, boolean disabled, long epoch,
    @Nullable String totp, int recovery) {
  private static final Pattern LOGIN = Pattern.compile("[a-z0-9][a-z0-9._-]{0,31}");

  /** Characters of a password. */
  static final int LEAST_PASSWORD = 12;
  static final int MOST_PASSWORD = 256;

  /** What {@link #isLogin} allows, for messages. */
  public static final String LOGIN_ALLOWED = "1 to 32 characters of a-z, 0-9, '.', '_' and '-', the first a letter or a digit";

  public static boolean isLogin(@Nullable String text) {
    return text != null && LOGIN.matcher(text).matches();
  }

  /** Why a password is not allowed for this login; null if it is. */
  public static @Nullable String passwordProblem(String login, String password) {
    int length = password.codePointCount(0, password.length());
    if (length < LEAST_PASSWORD || length > MOST_PASSWORD)
      return "the password has " + length + " characters; allowed: " + LEAST_PASSWORD + " to " + MOST_PASSWORD;
    if (password.codePoints().anyMatch(Character::isISOControl)) return "the password has control characters; allowed: none";
    if (password.codePoints().distinct().count() < 4) return "the password has fewer than 4 different characters";
    return password.equalsIgnoreCase(login) ? "the password is the name of the account" : null;
  }

  static StaffAccount read(JsonObject document) {
    Set<StaffRole> roles = EnumSet.noneOf(StaffRole.class);
    for (Object role : document.getJsonArray("roles", new JsonArray())) StaffRole.of(role.toString()).ifPresent(roles::add);
    return new StaffAccount(document.getString("_id"), document.getString("name"), roles, document.getString("password"),
        isSet(document, "mustChange"), isSet(document, "disabled"), document.getLong("epoch", 0L), document.getString("totp"),
        document.getJsonArray("recovery", new JsonArray()).size());
  }

  /** As a number, since some servers do not distinguish true from 1. */
  private static boolean isSet(JsonObject document, String key) {
    return document.getValue(key) instanceof Number number && number.intValue() != 0;
  }

  /** The id of its user: {@code staff:<login>}. */
  public String id() {
    return StaffRole.ID_PREFIX + login;
  }

  StaffAccount withoutTotp() {
    return new StaffAccount(login, name, roles, password, mustChange, disabled, epoch, null, recovery);
  }

  List<String> roleTexts() {
    return StaffRole.texts(roles);
  }

  /** Without hashes and secrets. */
  @Override
  public String toString() {
    return "StaffAccount[" + login + " " + roleTexts() + (disabled ? " disabled" : "") + "]";
  }
}
