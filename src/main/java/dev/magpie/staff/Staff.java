package dev.magpie.staff;

import dev.magpie.store.Store;
import dev.magpie.store.StoreOptions;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.eventbus.MessageConsumer;
import io.vertx.core.json.JsonObject;
import io.vertx.ext.auth.User;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The staff's data, opened when it is needed first: a gateway that no member of staff visits opens no database. Owned by one verticle, used
 * on its context.
 */
public final class Staff {
  /** Published {@code {login}}: sessions of this account have ended. */
  static final String ENDED = "magpie.staff.ended";

  /** Sent, within one process: {@code {actor, action, target, details}}, a line for the audit. */
  private static final String ACTED = "magpie.staff.acted";

  private static final Logger log = LoggerFactory.getLogger(Staff.class);

  private final Vertx vertx;
  private final StoreOptions storeOptions;
  private final StaffOptions options;
  private final String path;
  private final MessageConsumer<JsonObject> acted;
  private @Nullable Future<Data> opened;

  /** What the database has of staff. */
  record Data(Store store, StaffAccounts accounts, StaffSessions sessions, Audit audit) {}

  /** @param settings all of them */
  public Staff(Vertx vertx, JsonObject settings) {
    this.vertx = vertx;
    this.storeOptions = StoreOptions.from(settings);
    this.options = StaffOptions.from(settings);
    this.path = settings.getJsonObject("http", new JsonObject()).getString("base_path", "") + "/";
    this.acted = vertx.eventBus().localConsumer(ACTED, line -> audit(line.body()));
  }

  StaffOptions options() {
    return options;
  }

  Path folder() {
    return storeOptions.data();
  }

  /** Below which this server is reached, with a slash at both ends. */
  String path() {
    return path;
  }

  Vertx vertx() {
    return vertx;
  }

  /** A failed opening is tried again by the next call. */
  Future<Data> data() {
    if (opened == null || opened.failed()) opened = Store.open(vertx, storeOptions).map(this::dataOf);
    return opened;
  }

  private Data dataOf(Store store) {
    StaffAccounts accounts = new StaffAccounts(store.client());
    return new Data(store, accounts, new StaffSessions(store.client(), accounts, options, System::currentTimeMillis), Audit.of(store));
  }

  Future<?> close() {
    acted.unregister();
    return opened == null || opened.failed() ? Future.succeededFuture() : opened.compose(data -> data.store().close());
  }

  /** Tells all gateways that sessions of this account have ended, whose sockets they close. */
  void ended(String login) {
    vertx.eventBus().publish(ENDED, new JsonObject().put("login", login));
  }

  /**
   * For applications: adds a line to the audit for what a member of staff has done over a socket. Does not wait for the database.
   *
   * @param user who did it
   * @param address the client's whole address, which is stored masked
   */
  public static void acted(Vertx vertx, User user, String action, String target, String address) {
    vertx.eventBus().send(ACTED, new JsonObject().put("actor", user.subject()).put("action", action).put("target", target)
        .put("details", new JsonObject().put(Audit.ADDRESS, address)));
  }

  private void audit(JsonObject line) {
    audit(line.getString("actor"), line.getString("action"), line.getString("target"), line.getJsonObject("details"));
  }

  /** Adds a line; a failure is logged, since what was done cannot be undone. */
  Future<Void> audit(String actor, String action, String target, JsonObject details) {
    return data().compose(data -> data.audit().append(actor, action, target, details)).recover(failure -> {
      log.error("audit line not written actor={} action={} target={} reason={}", actor, action, target, failure.getMessage());
      return Future.succeededFuture();
    });
  }
}
