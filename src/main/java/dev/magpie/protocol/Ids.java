package dev.magpie.protocol;

import dev.magpie.Internal;
import java.security.SecureRandom;
import java.util.Base64;
import java.util.regex.Pattern;

/** Random ids that cannot be guessed. */
@Internal
public final class Ids {
  /** 15 bytes are 120 bits and exactly 20 characters, without padding. */
  private static final int BYTES = 15;

  private static final SecureRandom RANDOM = new SecureRandom();

  /** The first character of a socket's id: see {@link #ofSocket}. */
  private static final char SOCKET = '~';

  /** Clients of Engine.IO 3 put the name of the namespace before the id. */
  private static final Pattern OF_SOCKET = Pattern.compile("(?:/.*#)?" + SOCKET + "[A-Za-z0-9_-]{20}", Pattern.DOTALL);

  private Ids() {}

  /** 20 characters of URL-safe base64 that hold 120 random bits. */
  public static String random() {
    byte[] bytes = new byte[BYTES];
    RANDOM.nextBytes(bytes);
    return Base64.getUrlEncoder().encodeToString(bytes);
  }

  /**
   * The id of a socket: {@code ~} and 20 random characters. It has a form of its own because it is also the name of a room that holds the
   * socket alone: an application can then refuse ids, of any instance, where clients choose their rooms.
   */
  public static String ofSocket() {
    return SOCKET + random();
  }

  public static boolean isOfSocket(String id) {
    return OF_SOCKET.matcher(id).matches();
  }
}
