package dev.magpie.chat;

import dev.magpie.bus.Addresses;
import dev.magpie.bus.Answer;
import dev.magpie.bus.Question;
import dev.magpie.chat.ChatError.Code;
import dev.magpie.core.Application;
import dev.magpie.core.ApplicationContext;
import dev.magpie.core.ConnectContext;
import dev.magpie.core.Io;
import dev.magpie.core.Namespace;
import dev.magpie.core.Socket;
import dev.magpie.log.LogUnavailableException;
import dev.magpie.log.Recovery;
import dev.magpie.staff.Staff;
import dev.magpie.staff.StaffRole;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.eventbus.DeliveryOptions;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import io.vertx.ext.auth.User;
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
 * The chat, on namespace {@code /chat}, for Socket.IO and plain clients alike. A request is an event with one object; the acknowledgement
 * is {@code {ok: true, …}} or {@code {ok: false, code, message}}.
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
 * <p>The namespace is durable unless the settings name another mode: a message is acknowledged once it is stored, and a retry with the same
 * {@code cid} gets the answer of the first attempt. If it is unknown whether a message is stored, it is not answered, so that its client
 * retries; other requests get {@code UNAVAILABLE}. A message above the rate limit is delayed, not refused; above the quota of bytes, of its
 * user or its address, it is refused with {@code RATE_LIMIT}. {@code purge} erases all messages of one author from the log, and so from
 * history and replays; clients remove those numbers. A client that sends {@code auth.recovery} has a session, and gets what it missed after
 * a reconnect; other clients, which may not support offsets, have none. A recovered session is in its rooms again, and gets {@code joined}
 * with the present members.
 *
 * <p>A visitor is identified by the token in the acknowledgement of {@code join}, which the client sends from then on as {@code auth.token}
 * or, without {@code auth}, in its first {@code join}. A {@code message} to a room that its sender is not in joins the room first. Staff
 * who are signed in as agent or operator are moderators. Others send one of the secrets of the setting {@code chat.moderators} as {@code
 * auth.moderator}, or in the request; after 5 wrong ones on one connection, or 20 a minute from one address, the answer is {@code
 * RATE_LIMIT}.
 */
public final class Chat implements Application {
  static final String NAMESPACE = "/chat";

  private static final Logger log = LoggerFactory.getLogger(Chat.class);

  private static final int MOST_ROOMS = 50;
  private static final int REQUESTS_PER_SECOND = 50;
  private static final long RETRY_MILLIS = 1_000;

  /** Interval at which large rooms get their count, if it has changed. */
  private static final long COUNT_MILLIS = 3_000;

  /** The bot asks its answerers one after the other. */
  private static final DeliveryOptions BOT_TIMEOUT = new DeliveryOptions().setSendTimeout(8_000);

  // Set once, when a gateway mounts its own instance.
  private Vertx vertx;
  private Namespace chat;
  private ChatLog chatLog;
  private ChatState state;
  private RoomNews news;
  /** SHA-256 of each secret. */
  private List<byte[]> moderators;
  private int perSecond;
  private WriteQuota.Limits quota;

  @Override
  public void mount(ApplicationContext context) {
    vertx = context.vertx();
    Io io = context.io();
    chat = io.of(NAMESPACE).recoverable(Recovery.DURABLE).recoversOnRequest();
    chatLog = chat.hasLog() ? new StoredChatLog(chat) : new UnstoredChatLog(chat);
    state = ChatState.of(io);
    news = new RoomNews(chat);
    news.begin();
    configure(context.settings());
    chat.use(Chat::identify);
    if (chat.hasLog()) chat.use(this::withholdKicked);
    chat.onConnection(this::connected);
    vertx.eventBus().<JsonObject>localConsumer(state.eventsAddress(), event -> emit(event.body()));
    vertx.eventBus().<JsonObject>localConsumer(state.kicksAddress(), kicked -> removeFrom(kicked.body()));
    vertx.setPeriodic(COUNT_MILLIS, often -> news.tellCounts());
  }

  private void configure(JsonObject settings) {
    moderators = settings.getJsonArray("moderators", new JsonArray()).stream().map(secret -> digest((String) secret)).toList();
    perSecond = settings.getInteger("messages_per_second", REQUESTS_PER_SECOND);
    quota = new WriteQuota.Limits(settings.getLong("user_bytes_per_minute", WriteQuota.USER_BYTES_PER_MINUTE),
        settings.getLong("address_bytes_per_minute", WriteQuota.ADDRESS_BYTES_PER_MINUTE));
  }

  /** Staff, so that the socket is closed when their session ends; a user that the settings have authenticated; else a guest. */
  private static Future<?> identify(ConnectContext context) {
    User user = context.handshake().user();
    if (StaffRole.isStaff(user)) context.identify(user);
    else if (context.userId() == null) Visitor.identify(context);
    return Future.succeededFuture();
  }

  /** Excludes rooms from the recovery from which the visitor was kicked while it was disconnected. */
  private Future<?> withholdKicked(ConnectContext context) {
    String uid = context.rooms().isEmpty() ? null : Visitor.uidOf(context);
    if (uid == null) return Future.succeededFuture();
    return Future.all(context.rooms().stream().map(room -> state.requireNotKicked(chatLog, room, uid).recover(refused -> {
      if (refused instanceof ChatError) context.withhold(room);
      return Future.succeededFuture();
    })).toList());
  }

  private void connected(Socket socket) {
    Visitor visitor = new Visitor(socket, perSecond);
    on(visitor, "join", inTurn(this::join));
    on(visitor, "leave", inTurn(this::leave));
    on(visitor, "message", this::say);
    on(visitor, "typing", inTurn(this::typing));
    on(visitor, "history", inTurn(this::history));
    on(visitor, "edit", inTurn(this::edit));
    on(visitor, "delete", inTurn(this::delete));
    on(visitor, "ask", rated(this::ask));
    on(visitor, "mute", rated(this::mute));
    on(visitor, "kick", rated(this::kick));
    on(visitor, "purge", rated(this::purge));
    socket.onDisconnect(reason -> state.gone(visitor.seat()));
    for (String room : socket.rooms()) {
      if (room.equals(socket.id())) continue;
      if (visitor.nameIn(room) == null) enterByQuery(visitor, room);
      else enterAgain(visitor, room);
    }
  }

  /** The room in the query of a plain WebSocket: leaves it, and joins it by the rules of the chat. */
  private void enterByQuery(Visitor visitor, String room) {
    visitor.socket().leave(room);
    JsonObject wish = new JsonObject().put("room", room).put("name", visitor.socket().query("name"));
    asked(visitor, new JsonArray().add(wish), inTurn(this::join))
        .onFailure(refused -> log.debug("room of the query refused socket={} reason={}", visitor.socket().id(), refused.getMessage()));
  }

  /** A recovered session is in this room: enters it again, and sends the client the present members. */
  private void enterAgain(Visitor visitor, String room) {
    Socket socket = visitor.socket();
    visitor.inTurn(() -> state.enter(chatLog, room, visitor.seat(), visitor.uid(), visitor.nameIn(room))
        .compose(entered -> news.members(room).map(members -> joined(room, entered.name(), members)))).onComplete(joined -> {
      if (!socket.isConnected()) state.gone(visitor.seat());
      else if (joined.succeeded()) chat.to(socket.id()).local().emit("joined", joined.result());
      else if (joined.cause() instanceof ChatError) removeFrom(visitor, room);
      else vertx.setTimer(RETRY_MILLIS, again -> {
        if (visitor.isIn(room)) enterAgain(visitor, room);
      });
    });
  }

  /** The event {@code joined}. */
  private static JsonObject joined(String room, String name, JsonObject members) {
    return new JsonObject().put("room", room).put("name", name).mergeIn(members);
  }

  private void removeFrom(Visitor visitor, String room) {
    visitor.left(room);
    visitor.socket().leave(room)
        .onFailure(failure -> log.warn("leave of a room not saved socket={} reason={}", visitor.socket().id(), failure.getMessage()));
  }

  /** Sends an event of the shared state to this gateway's clients. */
  private void emit(JsonObject event) {
    chat.to(event.getString("room")).local().emit(event.getString("event"), event.getJsonObject("body"));
  }

  private void on(Visitor visitor, String event, BiFunction<Visitor, Request, Future<JsonObject>> handler) {
    visitor.socket().on(event, (args, ack) -> asked(visitor, args, handler)
        .onSuccess(ack::send)
        .onFailure(failure -> {
          if (failure instanceof ChatError refusal) {
            log.debug("request refused event={} socket={} code={}", event, visitor.socket().id(), refusal.code());
            ack.send(refusal.toJson());
          } else {
            if (failure instanceof LogUnavailableException)
              log.debug("request failed for now event={} socket={} reason={}", event, visitor.socket().id(), failure.getMessage());
            else log.error("request failed event={} socket={}", event, visitor.socket().id(), failure);
            // A temporary failure of a message is not answered, so that its client retries.
            if (!event.equals("message")) ack.send(new ChatError(Code.UNAVAILABLE, "not now; try again").toJson());
          }
        }));
  }

  private static Future<JsonObject> asked(Visitor visitor, JsonArray args, BiFunction<Visitor, Request, Future<JsonObject>> handler) {
    try {
      return handler.apply(visitor, Request.of(args));
    } catch (RuntimeException failure) {
      return Future.failedFuture(failure);
    }
  }

  /** Limits a visitor's requests by rate, and runs them one after the other. */
  private static BiFunction<Visitor, Request, Future<JsonObject>> inTurn(BiFunction<Visitor, Request, Future<JsonObject>> handler) {
    return rated((visitor, request) -> visitor.inTurn(() -> handler.apply(visitor, request)));
  }

  /** Limits a visitor's requests by rate; they may run concurrently. */
  private static BiFunction<Visitor, Request, Future<JsonObject>> rated(BiFunction<Visitor, Request, Future<JsonObject>> handler) {
    return (visitor, request) -> visitor.takeToken() ? handler.apply(visitor, request) : tooMuch();
  }

  private static <T> Future<T> tooMuch() {
    return ChatError.future(Code.RATE_LIMIT, "too many requests; wait a second");
  }

  // --- Rooms

  private Future<JsonObject> join(Visitor visitor, Request request) {
    String room = request.room();
    visitor.present(request.secret("token"));
    // Read after the socket has joined, so that the client gets each later message live.
    return enter(visitor, room, request.newName()).compose(name -> news.members(room).compose(members -> chatLog.head().map(seq -> {
      JsonObject joined = ok().put("seq", seq).mergeIn(members).put("name", name).put("author", Visitor.author(visitor.uid()));
      return visitor.token() == null ? joined : joined.put("token", visitor.token());
    })));
  }

  /** @return the visitor's name */
  private Future<String> enter(Visitor visitor, String room, String name) {
    Socket socket = visitor.socket();
    // A socket that entered after its disconnect would be in the room for ever.
    if (!socket.isConnected()) return ChatError.future(Code.NOT_MEMBER, "you are disconnected");
    if (!visitor.isIn(room) && visitor.rooms() >= MOST_ROOMS)
      return ChatError.future(Code.TOO_MANY_ROOMS, "at most " + MOST_ROOMS + " rooms");
    return state.enter(chatLog, room, visitor.seat(), visitor.uid(), name).compose(entered -> {
      news.rename(visitor, room, entered.name());
      visitor.entered(room, entered.name());
      news.refresh(visitor, room);
      // Stored before the acknowledgement, so that a crash loses neither name nor room.
      return Future.all(socket.join(room), note(visitor, entered)).map(entered.name());
    }).onSuccess(entered -> {
      if (!socket.isConnected()) state.gone(visitor.seat());
    });
  }

  private Future<Void> note(Visitor visitor, Seats.Entered entered) {
    return entered.note() == null ? Future.succeededFuture()
        : chatLog.note(entered.note()).compose(noted -> state.noted(entered.name(), visitor.uid()));
  }

  private Future<JsonObject> leave(Visitor visitor, Request request) {
    String room = request.room();
    visitor.left(room);
    return Future.all(visitor.socket().leave(room), state.exit(room, visitor.seat())).map(left -> ok());
  }

  private void removeFrom(JsonObject kicked) {
    for (Object seat : kicked.getJsonArray("seats"))
      chat.socket(Visitor.socketOf((String) seat)).ifPresent(socket -> socket.leave(kicked.getString("room")));
  }

  // --- Messages

  /** A message above the rate is delayed, not refused, since a client does not retry a refused one. */
  private Future<JsonObject> say(Visitor visitor, Request request) {
    String room = request.room();
    String text = request.text();
    String cid = request.cid() == null ? Visitor.newSecret() : request.cid();
    long wait = visitor.reserveToken();
    if (wait < 0) return tooMuch();
    long due = System.nanoTime() + wait;
    return visitor.inTurn(() -> pauseUntil(due).compose(turn -> say(visitor, room, cid, text)))
        // It may be a retry of a message that was stored before its author was muted or kicked.
        .recover(refused -> refused instanceof ChatError
            ? chatLog.original(cid).compose(seq -> seq.map(Future::succeededFuture).orElse(Future.failedFuture(refused)))
            : Future.failedFuture(refused))
        .map(seq -> ok().put("seq", seq));
  }

  private Future<Long> say(Visitor visitor, String room, String cid, String text) {
    // After a reconnect the client's queue sends pending messages before it joins again.
    boolean wasIn = !visitor.socket().isConnected() && visitor.nameIn(room) != null;
    Future<?> in = visitor.isIn(room) || wasIn ? Future.succeededFuture() : enter(visitor, room, null);
    return in.compose(entered -> requireMayWrite(visitor, room, text))
        .compose(heard -> chatLog.append(room, cid, visitor.nameIn(room), visitor.uid(), text));
  }

  private Future<Void> requireMayWrite(Visitor visitor, String room, String text) {
    return state.requireMayWrite(room, visitor.uid(), visitor.socket().limitedAddress(), text, quota);
  }

  private Future<?> pauseUntil(long due) {
    long nanos = due - System.nanoTime();
    return nanos <= 0 ? Future.succeededFuture() : vertx.timer(nanos, TimeUnit.NANOSECONDS);
  }

  private Future<JsonObject> typing(Visitor visitor, Request request) {
    String room = request.room();
    visitor.requireIn(room);
    chat.to(room).except(visitor.socket().id()).unreliable()
        .emit("typing", new JsonObject().put("room", room).put("from", visitor.nameIn(room)));
    return Future.succeededFuture(ok());
  }

  private Future<JsonObject> history(Visitor visitor, Request request) {
    String room = request.room();
    visitor.requireIn(room);
    return chatLog.page(room, request.boundary(), request.limit()).map(page -> {
      JsonArray messages = new JsonArray();
      page.messages().forEach(message -> messages.add(message.toJson()));
      return ok().put("messages", messages).put("more", page.more());
    });
  }

  private Future<JsonObject> edit(Visitor visitor, Request request) {
    String text = request.text();
    String room = request.room();
    visitor.requireIn(room);
    return requireMayWrite(visitor, room, text).compose(heard -> change(visitor, request, "edited", message -> {
      if (message.deleted()) throw new ChatError(Code.NOT_FOUND, "the message is deleted");
      requireOwn(visitor, message, false);
      return message.edit(text);
    }));
  }

  private Future<JsonObject> delete(Visitor visitor, Request request) {
    // A client with too many wrong secrets may still delete its own messages.
    Future<Boolean> moderator = moderator(visitor, request).otherwise(false);
    boolean[] another = {false};
    return moderator.compose(may -> change(visitor, request, "deleted", message -> {
      requireOwn(visitor, message, may);
      another[0] = !visitor.uid().equals(message.uid());
      return message.delete();
    })).onSuccess(deleted -> {
      if (another[0]) audit(visitor, "chat.delete", request.room() + " " + request.seq());
    });
  }

  private Future<JsonObject> change(Visitor visitor, Request request, String event, UnaryOperator<ChatMessage> change) {
    String room = request.room();
    visitor.requireIn(room);
    long seq = request.seq();
    return state.change(room, visitor.uid(), () -> chatLog.change(room, seq, event, change)).map(changed -> ok().put("seq", seq));
  }

  private static void requireOwn(Visitor visitor, ChatMessage message, boolean otherwise) {
    if (!visitor.uid().equals(message.uid()) && !otherwise) throw new ChatError(Code.FORBIDDEN, "the message is of another visitor");
  }

  // --- The bot

  private Future<JsonObject> ask(Visitor visitor, Request request) {
    JsonObject question = Question.of(request.question()).visitor(visitor.uid()).toJson();
    return vertx.eventBus().<JsonObject>request(Addresses.BOT_ASK, question, BOT_TIMEOUT)
        .map(reply -> Answer.from(reply.body()))
        .map(answer -> ok().put("outcome", outcome(answer)).put("text", answer.text()).put("result", answer.resultJson()))
        .recover(failure -> {
          log.warn("bot did not answer socket={} reason={}", visitor.socket().id(), failure.getMessage());
          return ChatError.future(Code.UNAVAILABLE, "the bot does not answer now; try again");
        });
  }

  private static String outcome(Answer answer) {
    return switch (answer.outcome()) {
      case ANSWER, SUGGEST, NOT_FOUND -> answer.outcome().name();
      // A visitor gets "not found" for a question that all answerers have passed.
      case PASS -> Answer.Outcome.NOT_FOUND.name();
    };
  }

  // --- Moderation

  private Future<JsonObject> mute(Visitor visitor, Request request) {
    return asModerator(visitor, request)
        .compose(allowed -> state.mute(request.room(), request.name(), request.seconds()))
        .compose(chatLog::note)
        .onSuccess(muted -> audit(visitor, "chat.mute", request.room() + " " + request.name()))
        .map(muted -> ok());
  }

  private Future<JsonObject> kick(Visitor visitor, Request request) {
    return asModerator(visitor, request)
        .compose(allowed -> state.kick(request.room(), request.name()))
        .compose(chatLog::note)
        .onSuccess(kicked -> audit(visitor, "chat.kick", request.room() + " " + request.name()))
        .map(kicked -> ok());
  }

  private Future<JsonObject> purge(Visitor visitor, Request request) {
    return asModerator(visitor, request)
        .compose(may -> request.namesAMessage() ? chatLog.author(request.room(), request.seq()) : state.owner(request.name()))
        .compose(chatLog::purge)
        .onSuccess(count -> audit(visitor, "chat.purge", request.namesAMessage() ? request.room() + " " + request.seq() : request.name()))
        .map(count -> ok().put("count", count));
  }

  private Future<?> asModerator(Visitor visitor, Request request) {
    return moderator(visitor, request)
        .compose(isModerator -> isModerator ? Future.succeededFuture() : ChatError.future(Code.FORBIDDEN, "only a moderator may do this"));
  }

  private Future<Boolean> moderator(Visitor visitor, Request request) {
    if (isModerator(visitor.socket().handshake().user())) return Future.succeededFuture(true);
    String secret = visitor.socket().auth().getValue("moderator") instanceof String sent ? sent : request.secret("moderator");
    if (secret == null) return Future.succeededFuture(false);
    if (visitor.triedTooManySecrets()) return state.ignoredSecret(visitor.socket().limitedAddress());
    boolean right = isModerators(secret);
    visitor.triedSecret(right);
    return state.moderator(visitor.socket().limitedAddress(), right);
  }

  /** A signed-in member of staff needs no secret. */
  private static boolean isModerator(User user) {
    return StaffRole.has(user, StaffRole.AGENT) || StaffRole.has(user, StaffRole.OPERATOR);
  }

  /** What staff do is written down; who sends a secret has no name. */
  private void audit(Visitor visitor, String action, String target) {
    User user = visitor.socket().handshake().user();
    if (isModerator(user)) Staff.acted(vertx, user, action, target, visitor.socket().address());
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
