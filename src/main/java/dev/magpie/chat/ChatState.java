package dev.magpie.chat;

import dev.magpie.chat.Seats.Entered;
import dev.magpie.core.Io;
import dev.magpie.ops.Metrics;
import dev.magpie.transport.LoggedAddress;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.internal.ContextInternal;
import io.vertx.core.internal.VertxInternal;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import io.vertx.core.shareddata.Shareable;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * State of the chat that all gateways of one listener share: names, mutes and kicks. Each listener has its own, as it has its own
 * {@link Io} name, messages and log. Runs on its own context; gateways call it from theirs, and futures complete there. It lives as long as
 * the Vert.x instance, so that gateways may be deployed and undeployed.
 */
final class ChatState implements Shareable {
  private static final Logger log = LoggerFactory.getLogger(ChatState.class);

  /** Interval of log lines about wrong secrets. */
  private static final long REPORT_MILLIS = TimeUnit.MINUTES.toMillis(1);

  private final Vertx vertx;
  private final String name;
  private final ContextInternal context;
  private final Seats seats = new Seats(System::nanoTime);
  private final Moderation moderation = new Moderation(seats, this::emit, System::nanoTime);
  private final WrongSecrets wrongSecrets = new WrongSecrets(System::nanoTime);
  private final WriteQuota quota = new WriteQuota(System::nanoTime);

  // Used on the context only.
  /** Reading the notes of before the restart; null before the first request. */
  private Future<Void> remembered;
  /** Wrong secrets that have been logged. */
  private long reported;
  private boolean reporting;
  /** The latest edit or deletion. */
  private Future<?> changed = Future.succeededFuture();

  private ChatState(Vertx vertx, String name) {
    this.vertx = vertx;
    this.name = name;
    // A context without a deployment, so that it outlives the first gateway.
    this.context = ((VertxInternal) vertx).createEventLoopContext();
    String listener = name.isEmpty() ? "main" : name;
    Metrics metrics = Metrics.of(vertx);
    metrics.counter("magpie_chat_wrong_secrets", "Wrong moderator secrets that clients sent to the chat.", wrongSecrets::total,
        "listener", listener);
    String help = "Messages and edits above the quota of bytes, by reason: of the user or of the address.";
    metrics.counter("magpie_chat_over_quota", help, quota::refusedUser, "listener", listener, "reason", "user");
    metrics.counter("magpie_chat_over_quota", help, quota::refusedAddress, "listener", listener, "reason", "address");
  }

  static ChatState of(Io io) {
    Vertx vertx = io.vertx();
    return vertx.sharedData().<String, ChatState>getLocalMap("magpie.chat")
        .computeIfAbsent(io.options().name(), name -> new ChatState(vertx, name));
  }

  /** Local bus address of events that each gateway sends to its clients, {@code {room, event, body}}; in no log. */
  String eventsAddress() {
    return address("told");
  }

  /** Local bus address of kicks, {@code {room, seats}}: each gateway removes those of its own. */
  String kicksAddress() {
    return address("kicked");
  }

  private String address(String what) {
    return name.isEmpty() ? "magpie.chat." + what : "magpie.chat." + what + "." + name;
  }

  /** Enters a room. The first request waits until the notes of before a restart have been read from the log. */
  Future<Entered> enter(ChatLog log, String room, String seat, String uid, String name) {
    return ask(() -> remember(log).map(ready -> {
      moderation.requireNotKicked(room, uid);
      return seats.enter(room, seat, uid, name);
    }));
  }

  private Future<Void> remember(ChatLog log) {
    if (remembered != null && !remembered.failed()) return remembered;
    remembered = here(log.notes()).map(notes -> {
      for (ChatLog.Note note : notes) {
        long age = System.currentTimeMillis() - note.at();
        seats.remember(note.content(), age);
        moderation.remember(note.content(), age);
      }
      return null;
    });
    return remembered;
  }

  /** The note of the visitor's name is stored. */
  Future<Void> noted(String name, String uid) {
    return ask(() -> {
      seats.noted(name, uid);
      return Future.succeededFuture();
    });
  }

  /** Fails with a {@link ChatError} if the visitor was kicked from the room. */
  Future<Void> requireNotKicked(ChatLog log, String room, String uid) {
    return ask(() -> remember(log).map(ready -> {
      moderation.requireNotKicked(room, uid);
      return null;
    }));
  }

  Future<Void> exit(String room, String seat) {
    return ask(() -> {
      seats.exit(room, seat);
      return Future.succeededFuture();
    });
  }

  Future<Void> gone(String seat) {
    return ask(() -> {
      seats.gone(seat);
      return Future.succeededFuture();
    });
  }

  /** Takes the bytes of a text from the quota; fails with a {@link ChatError} if they are too many, or if the visitor is muted. */
  Future<Void> requireMayWrite(String room, String uid, String address, String text, WriteQuota.Limits limits) {
    return ask(() -> {
      moderation.requireNotMuted(room, uid);
      quota.take(uid, address, text, limits);
      return Future.succeededFuture();
    });
  }

  /** Edits and deletions run one after another, so that none overwrites another. */
  <T> Future<T> change(String room, String uid, Supplier<Future<T>> change) {
    return ask(() -> {
      moderation.requireNotMuted(room, uid);
      Future<T> done = changed.transform(before -> here(change.get()));
      changed = done;
      return done;
    });
  }

  /** @return the note to store in the log */
  Future<JsonObject> mute(String room, String name, long seconds) {
    return ask(() -> Future.succeededFuture(moderation.mute(room, name, seconds)));
  }

  /** @return the note to store in the log */
  Future<JsonObject> kick(String room, String name) {
    return ask(() -> {
      Moderation.Kicked kicked = moderation.kick(room, name);
      vertx.eventBus().publish(kicksAddress(), new JsonObject().put("room", room).put("seats", new JsonArray(kicked.seats())));
      return Future.succeededFuture(kicked.note());
    });
  }

  /**
   * Counts a moderator secret that a client of this address has sent.
   *
   * @param right whether it is one
   * @return the same; fails with a {@link ChatError} after too many wrong ones
   */
  Future<Boolean> moderator(String address, boolean right) {
    return ask(() -> {
      try {
        wrongSecrets.tried(address, right);
        return Future.succeededFuture(right);
      } finally {
        report(address);
      }
    });
  }

  /** Counts an attempt above the limit; its secret is not compared. */
  Future<Boolean> ignoredSecret(String address) {
    return ask(() -> {
      wrongSecrets.ignored();
      report(address);
      throw WrongSecrets.tooMany();
    });
  }

  /** Logs the first wrong secret at once, later ones as one line a minute. */
  private void report(String address) {
    long wrong = wrongSecrets.total() - reported;
    if (reporting || wrong == 0) return;
    log.warn("wrong moderator secrets times={} address={} listener={}", wrong, LoggedAddress.of(address), name);
    reported += wrong;
    reporting = true;
    context.setTimer(REPORT_MILLIS, minute -> {
      reporting = false;
      report(address);
    });
  }

  /** The owner of a name, present or within the last day. */
  Future<String> owner(String name) {
    return ask(() -> Future.succeededFuture(seats.owner(name)));
  }

  /** From one publisher, so that all gateways get the events in the same order. */
  private void emit(String room, String event, JsonObject body) {
    vertx.eventBus().publish(eventsAddress(), new JsonObject().put("room", room).put("event", event).put("body", body));
  }

  private <T> Future<T> ask(Supplier<Future<T>> question) {
    Promise<T> answer = ((ContextInternal) vertx.getOrCreateContext()).promise();
    context.runOnContext(turn -> {
      try {
        question.get().onComplete(answer);
      } catch (RuntimeException failure) {
        answer.fail(failure);
      }
    });
    return answer.future();
  }

  private <T> Future<T> here(Future<T> elsewhere) {
    Promise<T> here = context.promise();
    elsewhere.onComplete(here);
    return here.future();
  }
}
