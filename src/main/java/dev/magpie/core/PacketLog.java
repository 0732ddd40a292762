package dev.magpie.core;

import dev.magpie.logging.LogText;
import dev.magpie.transport.Message;
import io.vertx.core.buffer.Buffer;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The log of all packets, like {@code DEBUG=socket.io*}: the logger {@value #NAME} at level trace. A connection asks once, when it opens,
 * whether it is on. Text is shown up to {@value #MOST} characters, binary data by its size; of the packets that join a namespace or send a
 * new token, which hold the client's auth or the secret of its session, only the size. Values of members that are named like secrets
 * ({@code token}, {@code password} …) are hidden.
 */
final class PacketLog {
  static final String NAME = "dev.magpie.packets";

  /** Instead of a packet that joins a namespace. */
  static final String JOINS = "joins the namespace";

  /** Instead of a packet that sends a new token. */
  static final String TOKEN = "a new token";

  /** Members of arguments and acknowledgements whose values are secrets; the text may end within one. */
  private static final Pattern SECRET = Pattern.compile(
      "(?i)\"(token|jwt|moderator|password|secret|authorization)\"\\s*:\\s*\"[^\"\\\\]*(?:\\\\.[^\"\\\\]*)*\\\\?\"?");

  /** Characters. */
  private static final int MOST = 500;

  private static final Logger log = LoggerFactory.getLogger(NAME);

  private PacketLog() {}

  static boolean isOn() {
    return log.isTraceEnabled();
  }

  /**
   * A text from the client.
   *
   * @param socket id of its socket in this namespace; null before it has joined
   * @param secret what is shown instead of a text with a secret; null for a text without
   */
  static void received(@Nullable String socket, String namespace, String text, @Nullable String secret) {
    write("in", socket, namespace, secret == null ? shown(text) : hidden(secret, text));
  }

  /** A binary message from the client. */
  static void received(Buffer data) {
    log.trace("packet in {}", size(data));
  }

  /** A message to the client. */
  static void sent(@Nullable String socket, String namespace, Message message) {
    StringBuilder shown = new StringBuilder();
    String text = message.text();
    if (text != null) shown.append(joins(text) ? hidden(JOINS, text) : shown(text));
    for (Buffer attachment : message.attachments()) shown.append(shown.isEmpty() ? "" : " ").append(size(attachment));
    write("out", socket, namespace, shown.toString());
  }

  private static void write(String direction, @Nullable String socket, String namespace, String shown) {
    log.trace("packet {} socket={} namespace={} {}", direction, socket == null ? "-" : socket, LogText.escape(namespace), shown);
  }

  /** Whether it is the answer to a CONNECT: of Socket.IO, or of magpie.v1. */
  private static boolean joins(String text) {
    return text.startsWith("0") || text.startsWith("{\"open\":");
  }

  /** The namespace that a packet of Socket.IO names: {@code 51-/chat,12["e"]}. */
  static String namespaceIn(@Nullable String packet) {
    int from = 1;
    while (packet != null && from < packet.length() && (Character.isDigit(packet.charAt(from)) || packet.charAt(from) == '-')) from++;
    if (packet == null || from >= packet.length() || packet.charAt(from) != '/') return "/";
    int comma = packet.indexOf(',', from);
    return comma < 0 ? packet.substring(from) : packet.substring(from, comma);
  }

  private static String hidden(String what, String text) {
    return "<" + what + ", " + text.length() + " characters>";
  }

  private static String shown(String text) {
    String begun = text.length() <= MOST ? text : text.substring(0, MOST);
    String shown = SECRET.matcher(begun).replaceAll("\"$1\":\"<hidden>\"");
    return LogText.escape(begun.length() == text.length() ? shown : shown + "… " + text.length() + " characters");
  }

  private static String size(Buffer data) {
    return "<" + data.length() + " bytes>";
  }
}
