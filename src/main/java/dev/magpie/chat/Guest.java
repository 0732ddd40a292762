package dev.magpie.chat;

import dev.magpie.chat.ChatRefusal.Code;
import dev.magpie.core.ConnectContext;
import dev.magpie.core.Socket;
import io.vertx.core.Future;
import io.vertx.core.json.JsonObject;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.security.SecureRandom;
import java.util.Base64;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Supplier;
import java.util.regex.Pattern;

/**
 * The one behind a socket: known by a token, a secret that the server makes and the client keeps. Everything that is a guest's own hangs on
 * the token's hash, which tells nobody the token. Who comes back to its session is who it was, token or not. Owned by its socket's gateway.
 */
final class Guest {
  private static final Pattern TOKEN = Pattern.compile("[A-Za-z0-9_-]{20,64}");
  private static final SecureRandom RANDOM = new SecureRandom();
  private static final double NANOS = 1e9;

  /** Requests of one guest that wait for each other; a store that is away makes them wait. */
  private static final int MOST_WAITING = 500;

  /** As long as the connection lasts; behind it stands what its address may try. */
  private static final int MOST_WRONG_SECRETS = 5;

  /** In the socket's data, which comes back with it: {@code {uid, names}}. */
  private static final String DATA = "chat";

  /** Characters, each of six bits. */
  private static final int AUTHOR = 16;

  private static final AtomicLong SEATS = new AtomicLong();

  private final Socket socket;
  /** Of this connection alone: a socket that comes back has its old id, while its old connection may not be gone yet. */
  private final String seat;
  private final int perSecond;
  private final Map<String, String> names = new TreeMap<>();
  private String token;
  private String uid;
  /** Whether the client has said, or its session says, who it is. */
  private boolean known;
  private Future<?> last = Future.succeededFuture();
  private int waiting;
  private int wrongSecrets;

  // A bucket of requests, twice a second's worth when it is full.
  private double requests;
  private long filledAt = System.nanoTime();

  Guest(Socket socket, int perSecond) {
    this.socket = socket;
    this.seat = socket.id() + '/' + SEATS.incrementAndGet();
    this.perSecond = perSecond;
    this.requests = perSecond * 2.0;
    present(socket.auth().getValue("token") instanceof String said ? said : null);
    if (socket.recovered()) recall(socket.data().getJsonObject(DATA));
    if (uid == null) become(newSecret());
  }

  /** Whose session this is that a client names: by its token, or by what was noted. Null where neither says. */
  static String uidOf(ConnectContext context) {
    if (context.auth().getValue("token") instanceof String said && TOKEN.matcher(said).matches()) return hash(said);
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
   * What others see of the guest beside the name, the same as long as the token is: pages tell by it whose message it is. It leads neither to
   * the token nor to the {@link #uid}, by which the bot's store knows visitors.
   */
  static String author(String uid) {
    return uid == null ? null : hash("author " + uid).substring(0, AUTHOR);
  }

  /** Null for one that came back without it: its client has it already. */
  String token() {
    return token;
  }

  /** For a client that cannot say it when it connects; one that has acted already stays who it is. */
  void present(String said) {
    if (said == null || !TOKEN.matcher(said).matches()) return;
    if (token == null && hash(said).equals(uid)) token = said;
    if (known || !names.isEmpty()) return;
    become(said);
    known = true;
  }

  private void become(String newToken) {
    token = newToken;
    uid = hash(newToken);
  }

  /** Under which the guest is in this room. */
  String nameIn(String room) {
    return names.get(room);
  }

  /** To be followed by the socket's own joining, which keeps it. */
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
    if (!isIn(room)) throw new ChatRefusal(Code.NOT_MEMBER, "you are not in this room");
  }

  /** How many; its own id is not one of them. */
  int rooms() {
    return socket.rooms().size() - 1;
  }

  /** Runs what this guest asks one after the other: who joins, speaks and leaves in one breath does it in this order. */
  <T> Future<T> inTurn(Supplier<Future<T>> action) {
    if (waiting >= MOST_WAITING) return ChatRefusal.future(Code.RATE_LIMIT, "too many requests wait");
    waiting++;
    Future<T> done = last.transform(before -> action.get());
    last = done.onComplete(result -> waiting--);
    return done;
  }

  boolean triedTooManySecrets() {
    return wrongSecrets >= MOST_WRONG_SECRETS;
  }

  /** A moderator's secret was tried; a right one makes up for the wrong ones before. */
  void triedSecret(boolean right) {
    wrongSecrets = right ? 0 : wrongSecrets + 1;
  }

  /** Whether the guest may ask one thing more now. */
  boolean takesTurn() {
    fill();
    if (requests < 1) return false;
    requests--;
    return true;
  }

  /**
   * A turn for what would be lost if it were refused: nanoseconds to wait for it, or -1 when more than a burst waits already.
   */
  long waitForTurn() {
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
