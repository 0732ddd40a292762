package dev.magpie.protocol;

import dev.magpie.Internal;
import java.security.SecureRandom;
import java.util.Base64;
import java.util.regex.Pattern;

/** Ids that nobody can guess. */
@Internal
public final class Ids {
  /** 15 bytes are 120 bits and exactly 20 characters, without padding. */
  private static final int BYTES = 15;

  private static final SecureRandom RANDOM = new SecureRandom();

  /** Marks the ids of sockets, which are names of rooms too: see {@link #ofSocket}. */
  private static final char SOCKET = '~';

  /** In a namespace, clients of Engine.IO 3 put its name before the id. */
  private static final Pattern OF_SOCKET = Pattern.compile("(?:/.*#)?" + SOCKET + "[A-Za-z0-9_-]{20}", Pattern.DOTALL);

  private Ids() {}

  /** 20 characters of URL-safe base64 that hold 120 random bits. */
  public static String random() {
    byte[] bytes = new byte[BYTES];
    RANDOM.nextBytes(bytes);
    return Base64.getUrlEncoder().encodeToString(bytes);
  }

  /**
   * The id of a socket: {@code ~} and 20 random characters. A form of its own, since a socket's id is the room that holds it alone: a
   * client that chooses its room must not choose the id of a socket, on whatever loop or node that is, or if it is away and will recover.
   */
  public static String ofSocket() {
    return SOCKET + random();
  }

  public static boolean isOfSocket(String id) {
    return OF_SOCKET.matcher(id).matches();
  }
}
