package dev.magpie.chat;

import dev.magpie.chat.ChatError.Code;
import dev.magpie.core.ConnectContext;
import dev.magpie.core.Socket;
import io.vertx.core.Future;
import io.vertx.core.json.JsonObject;
import io.vertx.ext.auth.User;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.security.SecureRandom;
import java.util.Base64;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Supplier;
import java.util.regex.Pattern;

/**
 * The user of one connection, identified by a token: a secret that the server creates and the client stores. The token's hash, the uid, is
 * the key of everything that belongs to the visitor. A recovered session keeps its visitor, with or without the token. Owned by its
 * socket's gateway.
 */
final class Visitor {
  private static final Pattern TOKEN = Pattern.compile("[A-Za-z0-9_-]{20,64}");
  private static final SecureRandom RANDOM = new SecureRandom();
  private static final double NANOS = 1e9;

  /** Most requests of a connection that wait for the one before; they pile up while the store does not answer. */
  private static final int MOST_WAITING = 500;

  /** Wrong secrets allowed on one connection; a limit per address applies as well. */
  private static final int MOST_WRONG_SECRETS = 5;

  /** Key in the socket's data, which a recovered session has again: {@code {uid, names}}. */
  private static final String DATA = "chat";

  /** Attribute of a guest's user: the token that was made for it. */
  private static final String SECRET = "guest's token";

  private static final String GUEST = "guest:";

  /** Characters of the public id, each of six bits. */
  private static final int AUTHOR = 16;

  private static final AtomicLong SEATS = new AtomicLong();

  private final Socket socket;
  /** Identifies the connection: a recovered socket has its former id while the former connection may still exist. */
  private final String seat;
  private final int perSecond;
  /** By room. */
  private final Map<String, String> names = new TreeMap<>();
  private String token;
  private String uid;
  /** Whether the visitor is that of the client's token or of its session, and does not change any more. */
  private boolean known;
  private Future<?> last = Future.succeededFuture();
  private int waiting;
  private int wrongSecrets;

  // Token bucket of requests; its size is twice the rate of a second.
  private double requests;
  private long filledAt = System.nanoTime();

  Visitor(Socket socket, int perSecond) {
    this.socket = socket;
    this.seat = socket.id() + '/' + SEATS.incrementAndGet();
    this.perSecond = perSecond;
    this.requests = perSecond * 2.0;
    present(socket.auth().getValue("token") instanceof String sent ? sent : null);
    if (socket.recovered()) recall(socket.data().getJsonObject(DATA));
    User user = socket.user();
    if (uid == null) become(user != null && user.attributes().getValue(SECRET) instanceof String made ? made : newSecret());
  }

  /**
   * A guest is the user {@code guest:} with the visitor's public id. A client without a token gets one of which the user knows until the
   * visitor is made: it is stored nowhere.
   */
  static void identify(ConnectContext context) {
    String uid = uidOf(context);
    // The guest with whom the session began, who alone may recover it; also one who was in no room yet, of whom it notes nothing.
    if (Objects.equals(uid, notedUid(context)) && isGuest(context.sessionUserId())) {
      context.identify(context.sessionUserId());
      return;
    }
    // It was stored before guests were users.
    if (uid != null && uid.equals(notedUid(context)) && context.sessionUserId() == null) return;
    String made = uid == null ? newSecret() : null;
    String id = GUEST + author(made == null ? uid : hash(made));
    JsonObject attributes = made == null ? new JsonObject() : new JsonObject().put(SECRET, made);
    context.identify(User.create(new JsonObject().put("sub", id), attributes));
  }

  private static boolean isGuest(String userId) {
    return userId != null && userId.startsWith(GUEST);
  }

  /** The visitor of the session that a client names, by its token or by the session's data; null if unknown. */
  static String uidOf(ConnectContext context) {
    String sent = context.auth().getValue("token") instanceof String text ? uidOf(text) : null;
    return sent == null ? notedUid(context) : sent;
  }

  /** Null for a text that is no visitor's token. */
  static String uidOf(String token) {
    return TOKEN.matcher(token).matches() ? hash(token) : null;
  }

  private static String notedUid(ConnectContext context) {
    return context.noted().getJsonObject(DATA, new JsonObject()).getString("uid");
  }

  private void recall(JsonObject noted) {
    if (noted == null) return;
    if (uid == null) uid = noted.getString("uid");
    known = true;
    noted.getJsonObject("names").forEach(name -> names.put(name.getKey(), (String) name.getValue()));
  }

  Socket socket() {
    return socket;
  }

  /** The connection, as {@link Seats} knows it. */
  String seat() {
    return seat;
  }

  static String socketOf(String seat) {
    return seat.substring(0, seat.lastIndexOf('/'));
  }

  String uid() {
    return uid;
  }

  /**
   * A public, stable id of the visitor, by which pages recognise its messages. Neither the token nor the {@link #uid} can be derived from
   * it.
   */
  static String author(String uid) {
    return uid == null ? null : hash("author " + uid).substring(0, AUTHOR);
  }

  /** Null for a recovered session: its client has the token already. */
  String token() {
    return token;
  }

  /** For clients without {@code auth}; has no effect after the first action. */
  void present(String sent) {
    if (sent == null || !TOKEN.matcher(sent).matches()) return;
    if (token == null && hash(sent).equals(uid)) token = sent;
    if (known || !names.isEmpty()) return;
    become(sent);
    known = true;
  }

  private void become(String newToken) {
    token = newToken;
    uid = hash(newToken);
  }

  /** The visitor's name in this room; null if it is not there. */
  String nameIn(String room) {
    return names.get(room);
  }

  /** The same, of any socket of the chat. */
  static String nameIn(Socket socket, String room) {
    JsonObject noted = socket.data().getJsonObject(DATA);
    return noted == null ? null : noted.getJsonObject("names").getString(room);
  }

  /** Notes the name in the socket's data; the caller then joins the room, which stores the data. */
  void entered(String room, String name) {
    names.put(room, name);
    note();
  }

  void left(String room) {
    names.remove(room);
    note();
  }

  private void note() {
    JsonObject noted = new JsonObject();
    names.forEach(noted::put);
    socket.data().put(DATA, new JsonObject().put("uid", uid).put("names", noted));
  }

  boolean isIn(String room) {
    return names.containsKey(room) && socket.isIn(room);
  }

  void requireIn(String room) {
    if (!isIn(room)) throw new ChatError(Code.NOT_MEMBER, "you are not in this room");
  }

  /** Number of joined rooms, without the one of the socket's own id. */
  int rooms() {
    return socket.rooms().size() - 1;
  }

  /** Runs the visitor's requests one after another, in the order of arrival. */
  <T> Future<T> inTurn(Supplier<Future<T>> action) {
    if (waiting >= MOST_WAITING) return ChatError.future(Code.RATE_LIMIT, "too many requests are pending");
    waiting++;
    Future<T> done = last.transform(before -> action.get());
    last = done.onComplete(result -> waiting--);
    return done;
  }

  boolean triedTooManySecrets() {
    return wrongSecrets >= MOST_WRONG_SECRETS;
  }

  /** Records an attempt; a right secret resets the count of wrong ones. */
  void triedSecret(boolean right) {
    wrongSecrets = right ? 0 : wrongSecrets + 1;
  }

  /** Takes one token of the rate limit; false if there is none. */
  boolean takeToken() {
    fill();
    if (requests < 1) return false;
    requests--;
    return true;
  }

  /** Reserves a token for a request that must not be refused: nanoseconds until it is available, or -1 if more than a burst is reserved. */
  long reserveToken() {
    fill();
    if (requests - 1 < -2.0 * perSecond) return -1;
    requests--;
    return requests >= 0 ? 0 : (long) (-requests / perSecond * NANOS);
  }

  private void fill() {
    long now = System.nanoTime();
    requests = Math.min(perSecond * 2.0, requests + (now - filledAt) / NANOS * perSecond);
    filledAt = now;
  }

  /** 24 bytes are exactly 32 characters. */
  static String newSecret() {
    byte[] bytes = new byte[24];
    RANDOM.nextBytes(bytes);
    return Base64.getUrlEncoder().encodeToString(bytes);
  }

  private static String hash(String token) {
    try {
      byte[] digest = MessageDigest.getInstance("SHA-256").digest(token.getBytes(StandardCharsets.UTF_8));
      return Base64.getUrlEncoder().withoutPadding().encodeToString(digest).substring(0, 24);
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java has SHA-256", e);
    }
  }
}
