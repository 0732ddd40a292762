package dev.magpie.staff;

import io.vertx.core.Future;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import io.vertx.ext.mongo.FindOptions;
import io.vertx.ext.mongo.MongoClient;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The accounts, collection {@code staff}: the login is the {@code _id}, so that of two servers that create the same account one wins. A
 * change that ends the account's sessions raises its epoch. May be used from any thread.
 */
public final class StaffAccounts {
  static final String COLLECTION = "staff";

  private static final int MOST_LISTED = 10_000;

  private final Documents accounts;

  public StaffAccounts(MongoClient client) {
    this.accounts = new Documents(client, COLLECTION);
  }

  public Future<Long> count() {
    return accounts.count();
  }

  public Future<Optional<StaffAccount>> find(String login) {
    return accounts.find(Documents.id(login)).map(found -> found.map(StaffAccount::read));
  }

  /** All, by login. */
  public Future<List<StaffAccount>> list() {
    return accounts.find(new JsonObject(), new FindOptions().setSort(new JsonObject().put("_id", 1)).setLimit(MOST_LISTED))
        .map(found -> found.stream().map(StaffAccount::read).toList());
  }

  /** @return whether it was created: false where the login is taken */
  public Future<Boolean> create(String login, Set<StaffRole> roles, String passwordHash, boolean mustChange) {
    return accounts.insert(Documents.id(login)
        .put("name", login)
        .put("roles", new JsonArray(StaffRole.texts(roles)))
        .put("password", passwordHash)
        .put("mustChange", mustChange ? 1 : 0)
        .put("disabled", 0)
        .put("epoch", 0)
        .put("totpStep", 0)
        .put("created", new JsonObject().put("$date", Instant.now().toString())));
  }

  /**
   * Sets the password and ends the account's sessions.
   *
   * @param changes more fields to set
   * @return whether there is such an account
   */
  Future<Boolean> setPassword(String login, String passwordHash, boolean mustChange, JsonObject changes) {
    return change(login, changes.copy().put("password", passwordHash).put("mustChange", mustChange ? 1 : 0), true);
  }

  /**
   * Sets the password of one who has lost it, and ends the account's sessions. Its one-time codes are off then: their secret could be read
   * by the old password alone.
   *
   * @return whether there is such an account
   */
  public Future<Boolean> resetPassword(String login, String passwordHash, boolean mustChange) {
    return setPassword(login, passwordHash, mustChange, new JsonObject().putNull("totp").put("recovery", new JsonArray()));
  }

  /** Disables or enables it; ends its sessions. @return whether there is such an account */
  public Future<Boolean> setDisabled(String login, boolean disabled) {
    return change(login, new JsonObject().put("disabled", disabled ? 1 : 0), true);
  }

  /** Sets its roles; ends its sessions. @return whether there is such an account */
  public Future<Boolean> setRoles(String login, Set<StaffRole> roles) {
    return change(login, new JsonObject().put("roles", new JsonArray(StaffRole.texts(roles))), true);
  }

  /** Sets the sealed secret of the one-time codes, with the digests of recovery codes; a null secret turns them off. */
  Future<Boolean> setTotp(String login, @Nullable String sealed, List<String> recovery) {
    return change(login, new JsonObject().put("totp", sealed).put("recovery", new JsonArray(recovery)), false);
  }

  /** Notes that the code of this step was used. @return false if it, or a later one, was used before */
  Future<Boolean> useStep(String login, long step) {
    JsonObject query = Documents.id(login).put("totpStep", new JsonObject().put("$lt", step));
    return accounts.update(query, new JsonObject().put("$set", new JsonObject().put("totpStep", step)));
  }

  /** Takes a recovery code. @return false if there is none of this digest */
  Future<Boolean> useRecovery(String login, String digest) {
    return accounts.update(Documents.id(login).put("recovery", digest),
        new JsonObject().put("$pull", new JsonObject().put("recovery", digest)));
  }

  /**
   * The account of a user of single sign-on, created at its first login; its name and roles are the provider's. Other roles end the
   * sessions of before.
   *
   * @param subject as the issuer names it
   */
  Future<StaffAccount> ofSingleSignOn(String issuer, String subject, String name, Set<StaffRole> roles) {
    String login = "sso-" + Secrets.digest(issuer + "\n" + subject).substring(0, 24);
    JsonObject fields = new JsonObject().put("name", name).put("roles", new JsonArray(StaffRole.texts(roles)));
    JsonObject document = Documents.id(login).mergeIn(fields).put("issuer", issuer).put("subject", subject).putNull("password")
        .put("mustChange", 0).put("disabled", 0).put("epoch", 0).put("totpStep", 0)
        .put("created", new JsonObject().put("$date", Instant.now().toString()));
    return accounts.insert(document).compose(created -> find(login)).map(Optional::orElseThrow).compose(account -> {
      if (account.name().equals(name) && account.roles().equals(roles)) return Future.succeededFuture(account);
      return change(login, fields, !account.roles().equals(roles)).compose(changed -> find(login)).map(Optional::orElseThrow);
    });
  }

  private Future<Boolean> change(String login, JsonObject fields, boolean endsSessions) {
    JsonObject change = new JsonObject().put("$set", fields);
    if (endsSessions) change.put("$inc", new JsonObject().put("epoch", 1));
    return accounts.update(Documents.id(login), change);
  }
}
