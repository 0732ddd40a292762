package dev.magpie.chat;

import dev.magpie.chat.ChatError.Code;
import java.text.Normalizer;
import java.util.HashMap;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/**
 * Ownership of names. A name belongs to the first visitor that used it, while that visitor is present and for a day afterwards. Owned by
 * one {@link ChatState}, used on its context.
 */
final class Names {
  private static final long KEPT_NANOS = TimeUnit.DAYS.toNanos(1);

  /** Interval at which a name in use is stored in the log again. */
  static final long NOTED_MILLIS = TimeUnit.HOURS.toMillis(1);

  /** Most names; beyond it the visitor that has been absent longest loses its name. */
  private static final int MOST_NAMES = 100_000;

  /** By key. */
  private final Map<String, Claim> claims = new LinkedHashMap<>();
  /** By visitor: the name that it used last. */
  private final Map<String, String> latest = new HashMap<>();

  /** Names that look alike have the same key: case, width, white space, invisible characters and composition are ignored. */
  static String key(String name) {
    String plain = Normalizer.normalize(name, Normalizer.Form.NFKC);
    StringBuilder key = new StringBuilder();
    plain.codePoints().filter(c -> Character.getType(c) != Character.FORMAT && !Character.isWhitespace(c) && !Character.isSpaceChar(c))
        .forEach(key::appendCodePoint);
    return key.toString().toUpperCase(Locale.ROOT).toLowerCase(Locale.ROOT);
  }

  /**
   * @param wished null: the visitor's last name, or a generated one
   * @return the name that is the visitor's from now on
   */
  String claim(String wished, String uid, long now) {
    String name = wished == null ? latest.getOrDefault(uid, generated(uid)) : wished;
    String key = key(name);
    Claim claim = claims.remove(key);
    if (claim != null && !claim.uid.equals(uid) && (claim.present > 0 || now - claim.seenAt < KEPT_NANOS)) {
      claims.put(key, claim);
      throw new ChatError(Code.NAME_TAKEN, "somebody else has this name");
    }
    if (claim == null || !claim.uid.equals(uid)) {
      if (claim != null) forget(claim.uid, key);
      claim = new Claim(uid);
    }
    claim.seenAt = now;
    // Moved to the end: the map is in least-recently-used order.
    claims.put(key, claim);
    latest.put(uid, name);
    trim();
    return name;
  }

  boolean isNoted(String key, long now) {
    Claim claim = claims.get(key);
    return claim.noted && now - claim.notedAt < TimeUnit.MILLISECONDS.toNanos(NOTED_MILLIS);
  }

  void noted(String name, String uid, long now) {
    Claim claim = claims.get(key(name));
    if (claim == null || !claim.uid.equals(uid)) return;
    claim.noted = true;
    claim.notedAt = now;
  }

  /** Null for a name without an owner. */
  String owner(String name) {
    Claim claim = claims.get(key(name));
    return claim == null ? null : claim.uid;
  }

  /** Applies a note of before a restart; called in ascending order of the notes. */
  void remember(String name, String uid, long notedAt, long now) {
    long seenAt = Math.min(now, notedAt + TimeUnit.MILLISECONDS.toNanos(NOTED_MILLIS));
    if (now - seenAt >= KEPT_NANOS) return;
    String key = key(name);
    Claim before = claims.remove(key);
    // A present visitor keeps it.
    if (before != null && before.present > 0) {
      claims.put(key, before);
      return;
    }
    if (before != null && !before.uid.equals(uid)) forget(before.uid, key);
    Claim claim = new Claim(uid);
    claim.seenAt = seenAt;
    claim.noted = true;
    claim.notedAt = notedAt;
    claims.put(key, claim);
    latest.put(uid, name);
    trim();
  }

  /** The visitor enters a room with it. */
  void present(String key) {
    claims.get(key).present++;
  }

  void absent(String key, long now) {
    Claim claim = claims.get(key);
    claim.present--;
    claim.seenAt = now;
  }

  private static String generated(String uid) {
    return "guest-" + uid.substring(0, 8);
  }

  private void trim() {
    for (Iterator<Map.Entry<String, Claim>> oldest = claims.entrySet().iterator(); claims.size() > MOST_NAMES && oldest.hasNext(); ) {
      Map.Entry<String, Claim> claim = oldest.next();
      if (claim.getValue().present > 0) continue;
      oldest.remove();
      forget(claim.getValue().uid, claim.getKey());
    }
  }

  private void forget(String uid, String key) {
    String name = latest.get(uid);
    if (name != null && key(name).equals(key)) latest.remove(uid);
  }

  private static final class Claim {
    private final String uid;
    /** Rooms and sockets in which the name is in use. */
    private int present;
    private long seenAt;
    private boolean noted;
    private long notedAt;

    private Claim(String uid) {
      this.uid = uid;
    }
  }
}
