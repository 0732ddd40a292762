package dev.magpie.core;

import io.vertx.core.json.JsonObject;

/**
 * Arguments of an event that its handler does not take: of another type, refused by the {@link IoOptions#setValidator validator}, or not
 * as the event's {@link Contract} says. The handler is not called, and an acknowledgement is {@code {"error": "invalid payload", "event",
 * "path", "expected"}}. Path and expectation are in terms of JSON; they name no class.
 */
public final class InvalidPayload extends ClientError {
  private static final long serialVersionUID = 1L;

  /** Names of members come from the client, and may be long. */
  private static final int LONGEST = 200;

  private final String event;
  private final String path;
  private final String expected;

  /**
   * A refusal.
   *
   * @param path to the value, such as {@code args[0].items[2].price}
   * @param expected what is allowed there, such as {@code a whole number of 32 bits}
   */
  public InvalidPayload(String event, String path, String expected) {
    super(shown(path) + ": expected " + shown(expected));
    this.event = event;
    this.path = shown(path);
    this.expected = shown(expected);
  }

  /** Control characters are replaced, so that a client cannot forge log lines. */
  private static String shown(String text) {
    String plain = text.replaceAll("[\\p{Cntrl}\\u2028\\u2029]", "?");
    return plain.length() <= LONGEST ? plain : plain.substring(0, LONGEST) + "…";
  }

  /** The event's name. */
  public String event() {
    return event;
  }

  /** The path to the value, such as {@code args[0].items[2].price}. */
  public String path() {
    return path;
  }

  /** What is allowed there. */
  public String expected() {
    return expected;
  }

  @Override
  JsonObject toJson() {
    return new JsonObject().put("error", "invalid payload").put("event", event).put("path", path).put("expected", expected);
  }
}
