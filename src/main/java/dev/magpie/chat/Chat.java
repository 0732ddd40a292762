package dev.magpie.chat;

import dev.magpie.bus.Addresses;
import dev.magpie.bus.Answer;
import dev.magpie.bus.Question;
import dev.magpie.chat.ChatRefusal.Code;
import dev.magpie.core.Application;
import dev.magpie.core.BroadcastOperator;
import dev.magpie.core.ConnectContext;
import dev.magpie.core.Io;
import dev.magpie.core.Namespace;
import dev.magpie.core.Socket;
import dev.magpie.log.LogUnavailableException;
import dev.magpie.log.Recovery;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.eventbus.DeliveryOptions;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.BiFunction;
import java.util.function.UnaryOperator;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The chat, on namespace {@code /chat}, for Socket.IO and plain clients alike. A client asks by an event with one object, and reads the
 * acknowledgement: {@code {ok: true, …}} or {@code {ok: false, code, message}}.
 *
 * <pre>
 * join {room, name?, token?}                → {ok, seq, members, count, name, author, token}
 *                                             others: joined {room, name, members, count}
 *                                             in a large room, from time to time: count {room, count}
 * leave {room}                              → {ok}; others: left {room, name, members, count}
 * message {room, cid?, text}                → {ok, seq}; all: message {room, seq, cid, from, author, text, at}
 * typing {room}                             → {ok}; others: typing {room, from}
 * history {room, before|after?, limit?}     → {ok, messages, more}
 * edit {room, seq, text}                    → {ok, seq}; all: edited {room, seq, …, edited: true}
 * delete {room, seq}                        → {ok, seq}; all: deleted {room, seq, …, deleted: true}
 * ask {text}                                → {ok, outcome, text, result}
 * mute {room, name, seconds?, moderator?}   → {ok}; all: muted {room, name, seconds}
 * kick {room, name, moderator?}             → {ok}; all: kicked {room, name}, then left
 * purge {name | room, seq, moderator?}      → {ok, count}; everybody: purged {seqs}
 * </pre>
 *
 * <p>The namespace is durable unless the settings say otherwise: a message is acknowledged when it is in the log, and a repeated
 * {@code cid} gets the first one's answer, at any time. A message whose storage is uncertain is not answered, so that its client retries;
 * other requests then get {@code UNAVAILABLE}. A message above the rate limit is delayed, not refused. {@code purge} erases everything that
 * one author wrote from the log, and so from history and replay; clients remove those numbers. A client that sends {@code auth.recovery} has a session
 * and misses nothing over a reconnect; other clients, which may not support offsets, get none. A recovered session is in its rooms again,
 * and gets {@code joined} with the present members.
 *
 * <p>A guest is identified by the token in the acknowledgement of {@code join}: the client then sends it as {@code auth.token} (or, without
 * {@code auth}, in its first {@code join}). A {@code message} to a room that its sender has not joined joins it. A moderator sends one of
 * the secrets in the setting {@code chat.moderators} as {@code auth.moderator}, or in the request; after 5 wrong ones on one connection, or
 * 20 a minute from one address, the answer is {@code RATE_LIMIT}.
 */
public final class Chat implements Application {
  static final String NAMESPACE = "/chat";

  private static final Logger log = LoggerFactory.getLogger(Chat.class);

  private static final int MOST_ROOMS = 50;
  private static final int REQUESTS_PER_SECOND = 50;
  private static final long RETRY_MILLIS = 1_000;

  /** All of the bot's answerers may be asked, one after the other. */
  private static final DeliveryOptions PATIENCE = new DeliveryOptions().setSendTimeout(8_000);

  // Set when it is mounted: each gateway has an instance of its own.
  private Vertx vertx;
  private Namespace chat;
  private ChatLog said;
  private ChatHouse house;
  /** SHA-256 of each secret. */
  private List<byte[]> moderators;
  private int perSecond;

  @Override
  public void mount(Io io, Vertx vertx) {
    this.vertx = vertx;
    chat = io.of(NAMESPACE).recoverable(Recovery.DURABLE).recoversOnRequest();
    said = chat.hasLog() ? new KeptChatLog(chat) : new FleetingChatLog(chat);
    house = ChatHouse.of(io);
    configure(vertx.getOrCreateContext());
    if (chat.hasLog()) chat.use(this::readmit);
    chat.onConnection(this::connected);
    vertx.eventBus().<JsonObject>localConsumer(house.told(), told -> tell(told.body()));
    vertx.eventBus().<JsonObject>localConsumer(house.kicked(), kicked -> putOut(kicked.body()));
  }

  private void configure(Context context) {
    JsonObject config = context.config() == null ? new JsonObject() : context.config().getJsonObject("chat", new JsonObject());
    moderators = config.getJsonArray("moderators", new JsonArray()).stream().map(secret -> digest((String) secret)).toList();
    perSecond = config.getInteger("messages_per_second", REQUESTS_PER_SECOND);
  }

  /** A guest who was kicked while its client was disconnected does not rejoin the room. */
  private Future<?> readmit(ConnectContext context) {
    String uid = context.rooms().isEmpty() ? null : Guest.uidOf(context);
    if (uid == null) return Future.succeededFuture();
    return Future.all(context.rooms().stream().map(room -> house.admit(said, room, uid).recover(refused -> {
      if (refused instanceof ChatRefusal) context.withhold(room);
      return Future.succeededFuture();
    })).toList());
  }

  private void connected(Socket socket) {
    Guest guest = new Guest(socket, perSecond);
    on(guest, "join", inTurn(this::join));
    on(guest, "leave", inTurn(this::leave));
    on(guest, "message", this::say);
    on(guest, "typing", inTurn(this::typing));
    on(guest, "history", inTurn(this::history));
    on(guest, "edit", inTurn(this::edit));
    on(guest, "delete", inTurn(this::delete));
    on(guest, "ask", rated(this::ask));
    on(guest, "mute", rated(this::mute));
    on(guest, "kick", rated(this::kick));
    on(guest, "purge", rated(this::purge));
    socket.onDisconnect(reason -> house.gone(guest.seat()));
    for (String room : socket.rooms()) {
      if (room.equals(socket.id())) continue;
      if (guest.nameIn(room) == null) enterByQuery(guest, room);
      else comeBack(guest, room);
    }
  }

  /** The room in the query of a plain WebSocket: leaves it, and joins it by the rules of the chat. */
  private void enterByQuery(Guest guest, String room) {
    guest.socket().leave(room);
    JsonObject wish = new JsonObject().put("room", room).put("name", guest.socket().query("name"));
    asked(guest, new JsonArray().add(wish), inTurn(this::join))
        .onFailure(refused -> log.debug("room of the query refused socket={} reason={}", guest.socket().id(), refused.getMessage()));
  }

  /** The recovered session is in this room: the others are told, and the client gets the present members. */
  private void comeBack(Guest guest, String room) {
    Socket socket = guest.socket();
    guest.inTurn(() -> house.enter(said, room, guest.seat(), guest.uid(), guest.nameIn(room))).onComplete(entered -> {
      if (!socket.isConnected()) house.gone(guest.seat());
      else if (entered.succeeded()) chat.to(socket.id()).local().emit("joined", here(room, entered.result()));
      else if (entered.cause() instanceof ChatRefusal) putOut(guest, room);
      else vertx.setTimer(RETRY_MILLIS, again -> {
        if (guest.isIn(room)) comeBack(guest, room);
      });
    });
  }

  private static JsonObject here(String room, Presence.Entered entered) {
    return new JsonObject().put("room", room).put("name", entered.name()).put("members", entered.members()).put("count", entered.count());
  }

  private void putOut(Guest guest, String room) {
    guest.left(room);
    guest.socket().leave(room)
        .onFailure(failure -> log.warn("leaving not saved socket={} reason={}", guest.socket().id(), failure.getMessage()));
  }

  private void tell(JsonObject told) {
    BroadcastOperator audience = chat.to(told.getString("room")).local();
    String except = told.getString("except");
    (except == null ? audience : audience.except(Guest.socketOf(except))).emit(told.getString("event"), told.getJsonObject("body"));
  }

  private void on(Guest guest, String event, BiFunction<Guest, Request, Future<JsonObject>> handler) {
    guest.socket().on(event, (args, ack) -> asked(guest, args, handler)
        .onSuccess(ack::send)
        .onFailure(failure -> {
          if (failure instanceof ChatRefusal refusal) {
            log.debug("refused event={} socket={} code={}", event, guest.socket().id(), refusal.code());
            ack.send(refusal.toJson());
          } else {
            if (failure instanceof LogUnavailableException)
              log.debug("not done yet event={} socket={} reason={}", event, guest.socket().id(), failure.getMessage());
            else log.error("request failed event={} socket={}", event, guest.socket().id(), failure);
            // A temporary failure of a message is not answered, so that its client retries.
            if (!event.equals("message")) ack.send(new ChatRefusal(Code.UNAVAILABLE, "not now; try again").toJson());
          }
        }));
  }

  private static Future<JsonObject> asked(Guest guest, JsonArray args, BiFunction<Guest, Request, Future<JsonObject>> handler) {
    try {
      return handler.apply(guest, Request.of(args));
    } catch (RuntimeException failure) {
      return Future.failedFuture(failure);
    }
  }

  /** Handlers that change rooms or send messages run one after another; questions to the bot run concurrently. */
  private static BiFunction<Guest, Request, Future<JsonObject>> inTurn(BiFunction<Guest, Request, Future<JsonObject>> handler) {
    return rated((guest, request) -> guest.inTurn(() -> handler.apply(guest, request)));
  }

  private static BiFunction<Guest, Request, Future<JsonObject>> rated(BiFunction<Guest, Request, Future<JsonObject>> handler) {
    return (guest, request) -> guest.takesTurn() ? handler.apply(guest, request) : tooMuch();
  }

  private static <T> Future<T> tooMuch() {
    return ChatRefusal.future(Code.RATE_LIMIT, "too many requests; wait a second");
  }

  // --- Rooms

  private Future<JsonObject> join(Guest guest, Request request) {
    String room = request.room();
    guest.present(request.secret("token"));
    // The head of the log is read after the socket has joined, so later messages arrive live.
    return enter(guest, room, request.newName()).compose(entered -> said.head().map(seq -> {
      JsonObject joined = ok().put("seq", seq).put("members", entered.members()).put("count", entered.count()).put("name", entered.name())
          .put("author", Guest.author(guest.uid()));
      return guest.token() == null ? joined : joined.put("token", guest.token());
    }));
  }

  private Future<Presence.Entered> enter(Guest guest, String room, String name) {
    Socket socket = guest.socket();
    // The socket has left already: entering now would leave it in the room for ever.
    if (!socket.isConnected()) return ChatRefusal.future(Code.NOT_MEMBER, "you have left");
    if (!guest.isIn(room) && guest.rooms() >= MOST_ROOMS)
      return ChatRefusal.future(Code.TOO_MANY_ROOMS, "at most " + MOST_ROOMS + " rooms");
    return house.enter(said, room, guest.seat(), guest.uid(), name).compose(entered -> {
      guest.entered(room, entered.name());
      // Stored before the acknowledgement, so that a crash loses neither name nor room.
      return Future.all(socket.join(room), note(guest, entered)).map(entered);
    }).onSuccess(entered -> {
      if (!socket.isConnected()) house.gone(guest.seat());
    });
  }

  private Future<Void> note(Guest guest, Presence.Entered entered) {
    return entered.note() == null ? Future.succeededFuture()
        : said.note(entered.note()).compose(noted -> house.noted(entered.name(), guest.uid()));
  }

  private Future<JsonObject> leave(Guest guest, Request request) {
    String room = request.room();
    guest.left(room);
    return Future.all(guest.socket().leave(room), house.exit(room, guest.seat())).map(left -> ok());
  }

  private void putOut(JsonObject kicked) {
    for (Object seat : kicked.getJsonArray("seats"))
      chat.socket(Guest.socketOf((String) seat)).ifPresent(socket -> socket.leave(kicked.getString("room")));
  }

  // --- Messages

  /** A message above the rate is delayed, not refused: a client does not retry a refused message. */
  private Future<JsonObject> say(Guest guest, Request request) {
    String room = request.room();
    String text = request.text();
    String cid = request.cid() == null ? Guest.newSecret() : request.cid();
    long wait = guest.waitForTurn();
    if (wait < 0) return tooMuch();
    long due = System.nanoTime() + wait;
    return guest.inTurn(() -> pauseUntil(due).compose(turn -> say(guest, room, cid, text)))
        // It may be a retry of a message that was stored before its author was muted or kicked.
        .recover(refused -> refused instanceof ChatRefusal
            ? said.original(cid).compose(seq -> seq.map(Future::succeededFuture).orElse(Future.failedFuture(refused)))
            : Future.failedFuture(refused))
        .map(seq -> ok().put("seq", seq));
  }

  private Future<Long> say(Guest guest, String room, String cid, String text) {
    // After a reconnect the client's queue sends pending messages before it joins again.
    boolean wasIn = !guest.socket().isConnected() && guest.nameIn(room) != null;
    Future<?> in = guest.isIn(room) || wasIn ? house.requireVoice(room, guest.uid())
        : enter(guest, room, null).compose(entered -> house.requireVoice(room, guest.uid()));
    return in.compose(entered -> said.append(room, cid, guest.nameIn(room), guest.uid(), text));
  }

  private Future<?> pauseUntil(long due) {
    long nanos = due - System.nanoTime();
    return nanos <= 0 ? Future.succeededFuture() : vertx.timer(nanos, TimeUnit.NANOSECONDS);
  }

  private Future<JsonObject> typing(Guest guest, Request request) {
    String room = request.room();
    guest.requireIn(room);
    chat.to(room).except(guest.socket().id()).unreliable()
        .emit("typing", new JsonObject().put("room", room).put("from", guest.nameIn(room)));
    return Future.succeededFuture(ok());
  }

  private Future<JsonObject> history(Guest guest, Request request) {
    String room = request.room();
    guest.requireIn(room);
    return said.page(room, request.boundary(), request.limit()).map(page -> {
      JsonArray messages = new JsonArray();
      page.messages().forEach(message -> messages.add(message.toJson()));
      return ok().put("messages", messages).put("more", page.more());
    });
  }

  private Future<JsonObject> edit(Guest guest, Request request) {
    String text = request.text();
    return change(guest, request, "edited", message -> {
      if (message.deleted()) throw new ChatRefusal(Code.NOT_FOUND, "the message is deleted");
      requireOwn(guest, message, false);
      return message.edit(text);
    });
  }

  private Future<JsonObject> delete(Guest guest, Request request) {
    // A client with too many wrong secrets may still delete its own messages.
    Future<Boolean> moderator = moderator(guest, request).otherwise(false);
    return moderator.compose(may -> change(guest, request, "deleted", message -> {
      requireOwn(guest, message, may);
      return message.delete();
    }));
  }

  private Future<JsonObject> change(Guest guest, Request request, String event, UnaryOperator<Said> change) {
    String room = request.room();
    guest.requireIn(room);
    long seq = request.seq();
    return house.change(room, guest.uid(), () -> said.change(room, seq, event, change)).map(changed -> ok().put("seq", seq));
  }

  private static void requireOwn(Guest guest, Said message, boolean otherwise) {
    if (!guest.uid().equals(message.uid()) && !otherwise) throw new ChatRefusal(Code.FORBIDDEN, "it is somebody else's message");
  }

  // --- The bot

  private Future<JsonObject> ask(Guest guest, Request request) {
    JsonObject question = Question.of(request.question()).visitor(guest.uid()).toJson();
    return vertx.eventBus().<JsonObject>request(Addresses.BOT_ASK, question, PATIENCE)
        .map(reply -> Answer.from(reply.body()))
        .map(answer -> ok().put("outcome", outcome(answer)).put("text", answer.text()).put("result", answer.resultJson()))
        .recover(failure -> {
          log.warn("bot did not answer socket={} reason={}", guest.socket().id(), failure.getMessage());
          return ChatRefusal.future(Code.UNAVAILABLE, "the bot does not answer now; try again");
        });
  }

  private static String outcome(Answer answer) {
    return switch (answer.outcome()) {
      case ANSWER, SUGGEST, NOT_FOUND -> answer.outcome().name();
      // "Passing" has no meaning for a visitor: it becomes "not found".
      case PASS -> Answer.Outcome.NOT_FOUND.name();
    };
  }

  // --- A moderator's

  private Future<JsonObject> mute(Guest guest, Request request) {
    return asModerator(guest, request).compose(may -> house.mute(request.room(), request.name(), request.seconds())).compose(said::note)
        .map(muted -> ok());
  }

  private Future<JsonObject> kick(Guest guest, Request request) {
    return asModerator(guest, request).compose(may -> house.kick(request.room(), request.name())).compose(said::note).map(kicked -> ok());
  }

  private Future<JsonObject> purge(Guest guest, Request request) {
    return asModerator(guest, request)
        .compose(may -> request.namesAMessage() ? said.author(request.room(), request.seq()) : house.owner(request.name()))
        .compose(said::purge)
        .map(count -> ok().put("count", count));
  }

  private Future<?> asModerator(Guest guest, Request request) {
    return moderator(guest, request)
        .compose(may -> may ? Future.succeededFuture() : ChatRefusal.future(Code.FORBIDDEN, "a moderator may do this"));
  }

  private Future<Boolean> moderator(Guest guest, Request request) {
    String secret = guest.socket().auth().getValue("moderator") instanceof String said ? said : request.secret("moderator");
    if (secret == null) return Future.succeededFuture(false);
    if (guest.triedTooManySecrets()) return house.ignoredSecret(guest.socket().limitedAddress());
    boolean right = isModerators(secret);
    guest.triedSecret(right);
    return house.moderator(guest.socket().limitedAddress(), right);
  }

  /** Constant time: digests have one length, and each is compared completely. */
  private boolean isModerators(String secret) {
    byte[] digest = digest(secret);
    boolean found = false;
    for (byte[] moderator : moderators) found |= MessageDigest.isEqual(moderator, digest);
    return found;
  }

  private static byte[] digest(String secret) {
    try {
      return MessageDigest.getInstance("SHA-256").digest(secret.getBytes(StandardCharsets.UTF_8));
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java has SHA-256", e);
    }
  }

  private static JsonObject ok() {
    return new JsonObject().put("ok", true);
  }
}
