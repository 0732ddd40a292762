package dev.magpie.staff;

import dev.magpie.transport.LoggedAddress;
import io.vertx.core.Future;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import io.vertx.ext.mongo.FindOptions;
import io.vertx.ext.mongo.MongoClient;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.LongSupplier;
import java.util.stream.Collectors;

/**
 * The sessions, collection {@code staff_sessions}: a document {@code {_id, login, epoch, seenAt, endsAt, address}} each, whose id is the
 * digest of the token in the cookie. A session is valid while its account is enabled and of the same epoch. May be used from any thread.
 */
final class StaffSessions {
  static final String COLLECTION = "staff_sessions";

  /** A use is written when the last one that was written is older than this part of the idle time. */
  private static final int SEEN_PART = 10;

  private final Documents sessions;
  private final StaffAccounts accounts;
  private final StaffOptions options;
  private final LongSupplier clock;

  /** @param clock milliseconds since 1970 */
  StaffSessions(MongoClient client, StaffAccounts accounts, StaffOptions options, LongSupplier clock) {
    this.sessions = new Documents(client, COLLECTION);
    this.accounts = accounts;
    this.options = options;
    this.clock = clock;
  }

  /** Begins one. @return the token for the cookie */
  Future<String> begin(StaffAccount account, String address) {
    String token = Secrets.newToken();
    long now = clock.getAsLong();
    return sessions.insert(Documents.id(Secrets.digest(token))
        .put("login", account.login())
        .put("epoch", account.epoch())
        .put("seenAt", now)
        .put("endsAt", now + options.absoluteMs())
        .put("address", LoggedAddress.of(address))).map(token);
  }

  /** The session of this id, if it is valid; notes that it is used. */
  Future<Optional<StaffSession>> use(String id) {
    return sessions.find(Documents.id(id)).compose(found -> {
      if (found.isEmpty() || isOver(found.get())) return Future.succeededFuture(Optional.empty());
      JsonObject document = found.get();
      return accounts.find(document.getString("login"))
          .map(account -> account.filter(one -> !one.disabled() && one.epoch() == document.getLong("epoch")))
          .compose(account -> account.isEmpty() ? Future.succeededFuture(Optional.<StaffSession>empty())
          : seen(document).map(Optional.of(new StaffSession(id, account.get(), document.getLong("endsAt")))));
    });
  }

  private boolean isOver(JsonObject session) {
    long now = clock.getAsLong();
    return now >= session.getLong("endsAt") || now - session.getLong("seenAt") >= options.idleMs();
  }

  private Future<?> seen(JsonObject session) {
    long now = clock.getAsLong();
    if (now - session.getLong("seenAt") < options.idleMs() / SEEN_PART) return Future.succeededFuture();
    return sessions.update(Documents.id(session.getString("_id")), new JsonObject().put("$set", new JsonObject().put("seenAt", now)));
  }

  /** Of these sessions those that have not ended; idle ones are among them. */
  Future<Set<String>> open(Collection<String> ids) {
    JsonObject query = new JsonObject().put("_id", new JsonObject().put("$in", new JsonArray(List.copyOf(ids))));
    return sessions.find(query, new FindOptions()).compose(found -> {
      List<String> logins = found.stream().map(session -> session.getString("login")).distinct().toList();
      return Future.all(logins.stream().map(accounts::find).toList()).map(all -> {
        Map<String, Long> epochs = new HashMap<>();
        for (Optional<StaffAccount> account : all.<Optional<StaffAccount>>list())
          account.filter(one -> !one.disabled()).ifPresent(one -> epochs.put(one.login(), one.epoch()));
        return found.stream().filter(session -> clock.getAsLong() < session.getLong("endsAt")
            && session.getLong("epoch").equals(epochs.get(session.getString("login"))))
            .map(session -> session.getString("_id")).collect(Collectors.toSet());
      });
    });
  }

  Future<?> end(String id) {
    return sessions.remove(Documents.id(id));
  }

  Future<?> endAll(String login) {
    return sessions.remove(new JsonObject().put("login", login));
  }

  /** Removes sessions that are over. */
  Future<Long> sweep() {
    return sessions.remove(new JsonObject().put("endsAt", new JsonObject().put("$lte", clock.getAsLong())));
  }
}
