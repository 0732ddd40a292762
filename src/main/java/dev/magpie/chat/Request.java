package dev.magpie.chat;

import dev.magpie.chat.ChatError.Code;
import dev.magpie.chat.ChatLog.Boundary;
import dev.magpie.core.Namespace;
import dev.magpie.log.LogEntry;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;

/** A client's request. Each method validates one field: a wrong type, or a value out of bounds, refuses the request. */
record Request(JsonObject body) {
  private static final int MOST_TEXT = 10_000;
  private static final int MOST_QUESTION = 1_000;
  private static final int MOST_NAME = 32;
  private static final int MOST_ROOM = 64;
  private static final int PAGE = 50;
  private static final int MOST_PAGE = 100;
  private static final int MUTED_SECONDS = 600;
  private static final int MOST_MUTED_SECONDS = 86_400;

  static Request of(JsonArray args) {
    if (!args.isEmpty() && args.getValue(0) instanceof JsonObject body) return new Request(body);
    throw invalid("the argument must be an object");
  }

  String room() {
    String room = text("room", 1, MOST_ROOM);
    if (isBlank(room) || hasControls(room)) throw invalid("room: at least one visible character, no control characters");
    // A socket's id is a room of its own; whoever joined it would receive that socket's events.
    if (Namespace.isSocketId(room)) throw invalid("room: the name has the form of a socket's id; choose another one");
    return room;
  }

  /** The name that the visitor wants; null if it sends none. */
  String newName() {
    return body.getValue("name") == null ? null : name();
  }

  String name() {
    String name = text("name", 1, MOST_NAME).strip();
    if (isBlank(name) || hasControls(name)) throw invalid("name: at least one visible character, no control characters");
    return name;
  }

  String text() {
    return visible(MOST_TEXT);
  }

  String question() {
    return visible(MOST_QUESTION);
  }

  private String visible(int most) {
    String text = text("text", 1, most);
    if (isBlank(text)) throw invalid("text: at least one visible character");
    return text;
  }

  /** The client's id of the message; null if it sends none, and so does not retry. */
  String cid() {
    Object cid = body.getValue("cid");
    if (cid == null || LogEntry.isCid(cid)) return (String) cid;
    throw invalid("cid: 16 to 64 visible ASCII characters");
  }

  /** Whether it names a message, otherwise a visitor by name. */
  boolean namesAMessage() {
    return body.getValue("seq") != null;
  }

  long seq() {
    return whole("seq", 1);
  }

  long seconds() {
    return body.getValue("seconds") == null ? MUTED_SECONDS : Math.min(MOST_MUTED_SECONDS, whole("seconds", 0));
  }

  Boundary boundary() {
    boolean before = body.getValue("before") != null;
    boolean after = body.getValue("after") != null;
    if (before && after) throw invalid("before, after: only one of them is allowed");
    if (before) return new Boundary(whole("before", 0), true);
    // A log reads from the number behind it.
    return after ? new Boundary(Math.min(whole("after", 0), Long.MAX_VALUE - 1), false) : Boundary.NEWEST;
  }

  /** Page size; a value out of bounds is clamped, not refused. */
  int limit() {
    if (body.getValue("limit") == null) return PAGE;
    return (int) Math.max(1, Math.min(MOST_PAGE, whole("limit", Long.MIN_VALUE)));
  }

  /** A secret of a client that sends no {@code auth}; null for none. */
  String secret(String key) {
    return body.getValue(key) instanceof String secret ? secret : null;
  }

  private String text(String key, int least, int most) {
    if (body.getValue(key) instanceof String text && text.length() >= least && text.length() <= most) return text;
    throw invalid(key + ": a string of " + least + " to " + most + " characters");
  }

  private long whole(String key, long least) {
    if (body.getValue(key) instanceof Number number && number.doubleValue() == Math.rint(number.doubleValue())
        && number.doubleValue() >= least) {
      // Beyond 64 bits the nearest long: longValue of a BigInteger is its lowest bits, which may be the number of another message.
      return number instanceof Integer || number instanceof Long ? number.longValue() : (long) number.doubleValue();
    }
    throw invalid(key + ": a whole number" + (least == Long.MIN_VALUE ? "" : " of at least " + least));
  }

  /** Whether a text has no visible character; combining marks alone are not visible. */
  private static boolean isBlank(String text) {
    return text.codePoints().noneMatch(c -> switch (Character.getType(c)) {
      case Character.CONTROL, Character.FORMAT, Character.SURROGATE, Character.UNASSIGNED, Character.NON_SPACING_MARK,
          Character.COMBINING_SPACING_MARK,
          Character.ENCLOSING_MARK, Character.SPACE_SEPARATOR, Character.LINE_SEPARATOR, Character.PARAGRAPH_SEPARATOR -> false;
      default -> true;
    });
  }

  private static boolean hasControls(String text) {
    return text.codePoints().anyMatch(Character::isISOControl);
  }

  private static ChatError invalid(String what) {
    return new ChatError(Code.INVALID, what);
  }
}
