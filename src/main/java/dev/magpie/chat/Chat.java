package dev.magpie.chat;

import dev.magpie.bus.Addresses;
import dev.magpie.bus.Answer;
import dev.magpie.bus.Question;
import dev.magpie.chat.ChatRefusal.Code;
import dev.magpie.core.Application;
import dev.magpie.core.Io;
import dev.magpie.core.Namespace;
import dev.magpie.core.Socket;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.eventbus.DeliveryOptions;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.List;
import java.util.function.BiFunction;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The chat, on namespace {@code /chat}, for Socket.IO and plain clients alike. A client asks by an event with one object, and reads the
 * acknowledgement: {@code {ok: true, …}} or {@code {ok: false, code, message}}.
 *
 * <pre>
 * join {room, name?, token?}                → {ok, seq, members, count, name, token}     others: joined {room, name, members, count}
 * leave {room}                              → {ok}                                       others: left {room, name, members, count}
 * message {room, cid?, text}                → {ok, seq}                                  all: message {room, seq, cid, from, text, at}
 * typing {room}                             → {ok}                                       others: typing {room, from}
 * history {room, before|after?, limit?}     → {ok, messages, more}
 * edit {room, seq, text}                    → {ok, seq}                                  all: edited {room, seq, …, edited: true}
 * delete {room, seq}                        → {ok, seq}                                  all: deleted {room, seq, …, deleted: true}
 * ask {text}                                → {ok, outcome, text, result}
 * mute {room, name, seconds?, moderator?}   → {ok}                                       all: muted {room, name, seconds}
 * kick {room, name, moderator?}             → {ok}                                       all: kicked {room, name}, then left
 * </pre>
 *
 * A guest is known by the token in the acknowledgement of {@code join}: the client sends it as {@code auth.token} from then on (or, where
 * it has no {@code auth}, in its first {@code join}). A {@code message} to a room that its sender is not in joins it. A moderator is who
 * sends one of the secrets in the setting {@code chat.moderators} as {@code auth.moderator}, or along with the request.
 */
public final class Chat implements Application {
  static final String NAMESPACE = "/chat";

  private static final Logger log = LoggerFactory.getLogger(Chat.class);

  private static final int MOST_ROOMS = 50;
  private static final int REQUESTS_PER_SECOND = 50;

  /** All of the bot's answerers may be asked, one after the other. */
  private static final DeliveryOptions PATIENCE = new DeliveryOptions().setSendTimeout(8_000);

  // Set when it is mounted: each gateway has an instance of its own.
  private Vertx vertx;
  private Namespace chat;
  private ChatHouse house;
  private List<byte[]> moderators;
  private int perSecond;

  @Override
  public void mount(Io io, Vertx vertx) {
    this.vertx = vertx;
    chat = io.of(NAMESPACE);
    house = ChatHouse.of(vertx);
    configure(vertx.getOrCreateContext());
    chat.onConnection(this::connected);
    vertx.eventBus().<JsonObject>localConsumer(ChatHouse.KICKED, kicked -> putOut(kicked.body()));
  }

  private void configure(Context context) {
    JsonObject config = context.config() == null ? new JsonObject() : context.config().getJsonObject("chat", new JsonObject());
    moderators = config.getJsonArray("moderators", new JsonArray()).stream().map(secret -> bytes((String) secret)).toList();
    perSecond = config.getInteger("messages_per_second", REQUESTS_PER_SECOND);
  }

  private void connected(Socket socket) {
    Guest guest = new Guest(socket, perSecond);
    on(guest, "join", inTurn(this::join));
    on(guest, "leave", inTurn(this::leave));
    on(guest, "message", inTurn(this::say));
    on(guest, "typing", inTurn(this::typing));
    on(guest, "history", inTurn(this::history));
    on(guest, "edit", inTurn(this::edit));
    on(guest, "delete", inTurn(this::delete));
    on(guest, "ask", this::ask);
    on(guest, "mute", this::mute);
    on(guest, "kick", this::kick);
    socket.onDisconnect(reason -> house.gone(socket.id()));
    enterByQuery(guest);
  }

  /** A plain client has joined already what its query names; here it has to come in by the door. */
  private void enterByQuery(Guest guest) {
    for (String room : guest.socket().rooms()) {
      if (room.equals(guest.socket().id())) continue;
      guest.socket().leave(room);
      JsonObject wish = new JsonObject().put("room", room).put("name", guest.socket().query("name"));
      asked(guest, new JsonArray().add(wish), inTurn(this::join)).onFailure(refused -> log.debug("room of the query refused socket={} reason={}", guest.socket().id(), refused.getMessage()));
    }
  }

  private void on(Guest guest, String event, BiFunction<Guest, Request, Future<JsonObject>> handler) {
    guest.socket().on(event, (args, ack) -> asked(guest, args, handler)
        .onSuccess(ack::send)
        .onFailure(failure -> {
          if (failure instanceof ChatRefusal refusal) {
            log.debug("refused event={} socket={} code={}", event, guest.socket().id(), refusal.code());
            ack.send(refusal.toJson());
          } else {
            log.error("request failed event={} socket={}", event, guest.socket().id(), failure);
            // A message is not refused for a moment's trouble: its client hears nothing and tries again.
            if (!event.equals("message")) ack.send(new ChatRefusal(Code.UNAVAILABLE, "not now; try again").toJson());
          }
        }));
  }

  private static Future<JsonObject> asked(Guest guest, JsonArray args, BiFunction<Guest, Request, Future<JsonObject>> handler) {
    try {
      if (!guest.takesTurn()) return ChatRefusal.future(Code.RATE_LIMIT, "too many requests; wait a second");
      return handler.apply(guest, Request.of(args));
    } catch (RuntimeException failure) {
      return Future.failedFuture(failure);
    }
  }

  /** The handlers that move the guest or speak for it wait for each other; the bot's answers may take their time beside them. */
  private static BiFunction<Guest, Request, Future<JsonObject>> inTurn(BiFunction<Guest, Request, Future<JsonObject>> handler) {
    return (guest, request) -> guest.inTurn(() -> handler.apply(guest, request));
  }

  // --- Rooms

  private Future<JsonObject> join(Guest guest, Request request) {
    String room = request.room();
    guest.present(request.secret("token"));
    // The end of the log is asked once the socket is in the room: what comes behind it, it hears.
    return enter(guest, room, request.newName())
        .compose(entered -> house.head().map(seq -> ok()
            .put("seq", seq)
            .put("members", entered.members())
            .put("count", entered.count())
            .put("name", entered.name())
            .put("token", guest.token())));
  }

  private Future<Presence.Entered> enter(Guest guest, String room, String name) {
    Socket socket = guest.socket();
    // It has been said to be gone already, and would stay for ever.
    if (!socket.isConnected()) return ChatRefusal.future(Code.NOT_MEMBER, "you have left");
    if (!guest.isIn(room) && guest.rooms() >= MOST_ROOMS) return ChatRefusal.future(Code.TOO_MANY_ROOMS, "at most " + MOST_ROOMS + " rooms");
    return house.enter(room, socket.id(), guest.uid(), name).onSuccess(entered -> {
      guest.entered(room, entered.name());
      socket.join(room);
    });
  }

  private Future<JsonObject> leave(Guest guest, Request request) {
    String room = request.room();
    guest.left(room);
    guest.socket().leave(room);
    return house.exit(room, guest.socket().id()).map(left -> ok());
  }

  private void putOut(JsonObject kicked) {
    for (Object id : kicked.getJsonArray("sockets")) chat.socket((String) id).ifPresent(socket -> socket.leave(kicked.getString("room")));
  }

  // --- Messages

  private Future<JsonObject> say(Guest guest, Request request) {
    String room = request.room();
    String text = request.text();
    String cid = request.cid() == null ? Guest.newSecret() : request.cid();
    // After a reconnect the client's queue sends what waits before it joins again.
    boolean wasIn = !guest.socket().isConnected() && guest.nameIn(room) != null;
    Future<?> in = guest.isIn(room) || wasIn ? Future.succeededFuture() : enter(guest, room, null);
    return in.compose(entered -> house.say(room, cid, guest.nameIn(room), guest.uid(), text)).map(said -> ok().put("seq", said.seq()));
  }

  private Future<JsonObject> typing(Guest guest, Request request) {
    String room = request.room();
    guest.requireIn(room);
    chat.to(room).except(guest.socket().id()).unreliable().emit("typing", new JsonObject().put("room", room).put("from", guest.nameIn(room)));
    return Future.succeededFuture(ok());
  }

  private Future<JsonObject> history(Guest guest, Request request) {
    String room = request.room();
    guest.requireIn(room);
    return house.page(room, request.boundary(), request.limit()).map(page -> {
      JsonArray messages = new JsonArray();
      page.messages().forEach(said -> messages.add(said.toJson()));
      return ok().put("messages", messages).put("more", page.more());
    });
  }

  private Future<JsonObject> edit(Guest guest, Request request) {
    String text = request.text();
    return change(guest, request, "edited", said -> {
      requireOwn(guest, said, false);
      return said.edit(text);
    });
  }

  private Future<JsonObject> delete(Guest guest, Request request) {
    boolean moderator = isModerator(guest, request);
    return change(guest, request, "deleted", said -> {
      requireOwn(guest, said, moderator);
      return said.delete();
    });
  }

  private Future<JsonObject> change(Guest guest, Request request, String event, java.util.function.UnaryOperator<Said> change) {
    String room = request.room();
    guest.requireIn(room);
    return house.change(room, request.seq(), event, guest.uid(), change).map(said -> ok().put("seq", said.seq()));
  }

  private static void requireOwn(Guest guest, Said said, boolean otherwise) {
    if (!said.uid().equals(guest.uid()) && !otherwise) throw new ChatRefusal(Code.FORBIDDEN, "it is somebody else's message");
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
      // To a person there is no next one who could know.
      case PASS -> Answer.Outcome.NOT_FOUND.name();
    };
  }

  // --- A moderator's

  private Future<JsonObject> mute(Guest guest, Request request) {
    requireModerator(guest, request);
    return house.mute(request.room(), request.name(), request.seconds()).map(muted -> ok());
  }

  private Future<JsonObject> kick(Guest guest, Request request) {
    requireModerator(guest, request);
    return house.kick(request.room(), request.name()).map(kicked -> ok());
  }

  private void requireModerator(Guest guest, Request request) {
    if (!isModerator(guest, request)) throw new ChatRefusal(Code.FORBIDDEN, "a moderator may do this");
  }

  private boolean isModerator(Guest guest, Request request) {
    String secret = guest.socket().auth().getValue("moderator") instanceof String said ? said : request.secret("moderator");
    if (secret == null) return false;
    boolean found = false;
    for (byte[] moderator : moderators) found |= MessageDigest.isEqual(moderator, bytes(secret));
    return found;
  }

  private static byte[] bytes(String secret) {
    return secret.getBytes(StandardCharsets.UTF_8);
  }

  private static JsonObject ok() {
    return new JsonObject().put("ok", true);
  }
}
