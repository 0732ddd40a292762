package dev.magpie.staff;

import io.vertx.ext.auth.User;
import io.vertx.ext.auth.authorization.Authorization;
import io.vertx.ext.auth.authorization.RoleBasedAuthorization;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** What a member of staff may do. An administrator may do what every other role may. */
public enum StaffRole {
  /** Writes articles. */
  EDITOR,
  /** Answers visitors, and moderates the chat. */
  AGENT,
  /** Watches and operates the server, and moderates the chat. */
  OPERATOR,
  /** Manages the accounts. */
  ADMIN;

  /** The provider of the roles among a user's {@code Authorizations}: roles of other providers are none of staff. */
  public static final String PROVIDER = "staff";

  /** What the ids of staff begin with, as {@code staff:anna}. */
  public static final String ID_PREFIX = "staff:";

  /** As in the database, on the command line and in {@link RoleBasedAuthorization}s. */
  public String text() {
    return name().toLowerCase(Locale.ROOT);
  }

  /** The role of this {@link #text}; empty if there is none. */
  public static Optional<StaffRole> of(@Nullable String text) {
    return Arrays.stream(values()).filter(role -> role.text().equals(text)).findFirst();
  }

  /** All roles, for messages. */
  public static String allowed() {
    return Arrays.stream(values()).map(StaffRole::text).collect(Collectors.joining(", "));
  }

  /** Whether this user is signed in as staff with this role, or as an administrator. False for null and for users of other providers. */
  public static boolean has(@Nullable User user, StaffRole role) {
    if (user == null) return false;
    Set<StaffRole> roles = of(user);
    return roles.contains(role) || roles.contains(ADMIN);
  }

  /** The roles of staff that this user has; empty for users of other providers. */
  public static Set<StaffRole> of(User user) {
    Set<StaffRole> roles = EnumSet.noneOf(StaffRole.class);
    if (!isStaff(user)) return roles;
    user.authorizations().forEach(PROVIDER, authorization -> {
      if (authorization instanceof RoleBasedAuthorization role) of(role.getRole()).ifPresent(roles::add);
    });
    return roles;
  }

  /** Whether this user is one of staff, by its id. */
  public static boolean isStaff(@Nullable User user) {
    return user != null && user.subject() != null && user.subject().startsWith(ID_PREFIX);
  }

  /** Gives these roles to a user, in place of those that it had. */
  static void grant(User user, Set<StaffRole> roles) {
    Set<Authorization> granted = new HashSet<>();
    for (StaffRole role : roles) granted.add(RoleBasedAuthorization.create(role.text()));
    user.authorizations().put(PROVIDER, granted);
  }

  static List<String> texts(Set<StaffRole> roles) {
    return roles.stream().sorted().map(StaffRole::text).toList();
  }
}
