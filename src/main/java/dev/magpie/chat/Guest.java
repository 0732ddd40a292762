package dev.magpie.chat;

import dev.magpie.chat.ChatRefusal.Code;
import dev.magpie.core.Socket;
import io.vertx.core.Future;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.security.SecureRandom;
import java.util.Base64;
import java.util.HashMap;
import java.util.Map;
import java.util.function.Supplier;
import java.util.regex.Pattern;

/**
 * The one behind a socket: known by a token, a secret that the server makes and the client keeps. Everything that is a guest's own hangs on
 * the token's hash, which tells nobody the token. Owned by its socket's gateway.
 */
final class Guest {
  private static final Pattern TOKEN = Pattern.compile("[A-Za-z0-9_-]{20,64}");
  private static final SecureRandom RANDOM = new SecureRandom();
  private static final double NANOS = 1e9;

  private final Socket socket;
  private final int perSecond;
  private final Map<String, String> names = new HashMap<>();
  private String token;
  private String uid;
  /** Whether the client brought its token along. */
  private boolean known;
  private Future<?> last = Future.succeededFuture();

  // A bucket of requests, twice a second's worth when it is full.
  private double requests;
  private long filledAt = System.nanoTime();

  Guest(Socket socket, int perSecond) {
    this.socket = socket;
    this.perSecond = perSecond;
    this.requests = perSecond * 2.0;
    present(socket.auth().getValue("token") instanceof String said ? said : null);
    if (!known) become(newSecret());
  }

  Socket socket() {
    return socket;
  }

  String uid() {
    return uid;
  }

  String token() {
    return token;
  }

  /** For a client that cannot say it when it connects; one that has acted already stays who it is. */
  void present(String said) {
    if (known || !names.isEmpty() || said == null || !TOKEN.matcher(said).matches()) return;
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

  void entered(String room, String name) {
    names.put(room, name);
  }

  void left(String room) {
    names.remove(room);
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
    Future<T> done = last.transform(before -> action.get());
    last = done;
    return done;
  }

  /** Whether the guest may ask one thing more now. */
  boolean takesTurn() {
    long now = System.nanoTime();
    requests = Math.min(perSecond * 2.0, requests + (now - filledAt) / NANOS * perSecond);
    filledAt = now;
    if (requests < 1) return false;
    requests--;
    return true;
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
