package dev.magpie.staff;

import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * The section {@code staff} of the settings.
 *
 * @param idleMs a session that is not used for so long ends
 * @param absoluteMs a session ends this long after its login
 * @param attemptsPerMinute logins that one address may try
 * @param lockoutFailures after so many wrong logins an account is locked
 * @param lockoutMs for so long
 * @param adminPasswordFile the file with the first administrator's password; null: a one-time password is made
 * @param oidc single sign-on; null for none
 */
public record StaffOptions(
    long idleMs, long absoluteMs, int attemptsPerMinute, int lockoutFailures, long lockoutMs, @Nullable String adminPasswordFile,
    @Nullable Oidc oidc) {
  public static final StaffOptions DEFAULT = new StaffOptions(30 * 60_000L, 12 * 3_600_000L, 10, 10, 15 * 60_000L, null, null);

  /** What an OpenID Connect provider needs at least. */
  public static final List<String> SCOPES = List.of("openid", "profile");

  public static final String GROUPS_CLAIM = "groups";

  /**
   * Single sign-on by OpenID Connect.
   *
   * @param issuer the provider's address, as its tokens have it
   * @param clientSecret null for a public client
   * @param clientSecretFile a file with it; null for none
   * @param redirectUri of {@code /staff/oidc/callback} as the provider knows it; null: by the request's host
   * @param groupsClaim the claim of the id token that lists the groups
   * @param roles by group
   */
  public record Oidc(String issuer, String clientId, @Nullable String clientSecret, @Nullable String clientSecretFile,
      @Nullable String redirectUri, List<String> scopes, String groupsClaim, Map<String, StaffRole> roles) {
    private static @Nullable Oidc from(JsonObject oidc) {
      String issuer = oidc.getString("issuer");
      String clientId = oidc.getString("client_id");
      if (issuer == null || clientId == null) return null;
      Map<String, StaffRole> roles = new LinkedHashMap<>();
      oidc.getJsonObject("roles", new JsonObject())
          .forEach(group -> StaffRole.of((String) group.getValue()).ifPresent(role -> roles.put(group.getKey(), role)));
      JsonArray scopes = oidc.getJsonArray("scopes");
      return new Oidc(issuer, clientId, oidc.getString("client_secret"), oidc.getString("client_secret_file"),
          oidc.getString("redirect_uri"), scopes == null ? SCOPES : texts(scopes), oidc.getString("groups_claim", GROUPS_CLAIM), roles);
    }

    private static List<String> texts(JsonArray texts) {
      List<String> all = new ArrayList<>();
      texts.forEach(text -> all.add((String) text));
      return all;
    }

    /** The roles of who is in these groups. */
    Set<StaffRole> rolesOf(List<String> groups) {
      return groups.stream().filter(roles::containsKey).map(roles::get).collect(Collectors.toSet());
    }

    /** Without the secret. */
    @Override
    public String toString() {
      return "Oidc[" + issuer + " " + clientId + "]";
    }
  }

  /** Reads the section of all settings. */
  public static StaffOptions from(JsonObject settings) {
    JsonObject staff = settings.getJsonObject("staff", new JsonObject());
    return new StaffOptions(
        staff.getLong("idle_ms", DEFAULT.idleMs),
        staff.getLong("absolute_ms", DEFAULT.absoluteMs),
        staff.getInteger("attempts_per_minute", DEFAULT.attemptsPerMinute),
        staff.getInteger("lockout_failures", DEFAULT.lockoutFailures),
        staff.getLong("lockout_ms", DEFAULT.lockoutMs),
        staff.getString("admin_password_file"),
        Oidc.from(staff.getJsonObject("oidc", new JsonObject())));
  }
}
