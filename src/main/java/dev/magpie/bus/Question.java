package dev.magpie.bus;

import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.math.BigDecimal;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A visitor's question, as a message on the event bus: {@code {"text", "lang", "visitor", "conversation", "history": […], "said",
 * "stream"}}; only {@code text} is always there.
 *
 * @param text to be answered; empty when the visitor sent nothing that can be read as text
 * @param lang language of the visitor, such as {@code zh-CN}, or null
 * @param visitor id of the visitor, or null
 * @param conversation id of the conversation, or null
 * @param history earlier questions of the visitor in this conversation, the oldest first
 * @param said what the client sent, where that was no string (a number, true, a list …); else the text
 * @param stream address on the event bus for an answerer that makes its text piece by piece: it replies the {@link Answer#beginning} and
 *     publishes {@code {"text"}} there, at last {@code {"done": true}}. Null if the answer has to come in one piece
 */
public record Question(String text, @Nullable String lang, @Nullable String visitor, @Nullable String conversation, List<String> history,
    Object said, @Nullable String stream) {

  /** Characters; a longer question is answered with a request to shorten it. */
  public static final int LONGEST = 1_000;

  /** A null text is empty, a null history is an empty list, and {@code said} is the text when it is null. */
  public Question {
    text = text == null ? "" : text;
    history = history == null ? List.of() : List.copyOf(history);
    said = said == null ? text : said;
  }

  /** A question whose answer comes in one piece. */
  public Question(String text, @Nullable String lang, @Nullable String visitor, @Nullable String conversation, List<String> history,
      Object said) {
    this(text, lang, visitor, conversation, history, said, null);
  }

  /**
   * The question in what a client sent, any JSON value: a string is its text, a number is asked as its text, everything else has no text.
   */
  public static Question of(Object said) {
    return new Question(textOf(said), null, null, null, List.of(), said);
  }

  /** Parses untrusted JSON: a field of another type counts as missing. */
  public static Question from(JsonObject json) {
    return new Question(
        textOf(json.getValue("text")),
        string(json, "lang"),
        string(json, "visitor"),
        string(json, "conversation"),
        json.getValue("history") instanceof JsonArray history
        ? history.stream().filter(String.class::isInstance).map(String.class::cast).toList() : List.of(),
        json.containsKey("said") ? json.getValue("said") : json.getValue("text"),
        string(json, "stream"));
  }

  /** The same question in this language. */
  public Question lang(@Nullable String lang) {
    return new Question(text, lang, visitor, conversation, history, said, stream);
  }

  /** The same question of this visitor. */
  public Question visitor(@Nullable String visitor) {
    return new Question(text, lang, visitor, conversation, history, said, stream);
  }

  /** The same question in this conversation. */
  public Question conversation(@Nullable String conversation) {
    return new Question(text, lang, visitor, conversation, history, said, stream);
  }

  /** The same question after these. */
  public Question history(List<String> history) {
    return new Question(text, lang, visitor, conversation, history, said, stream);
  }

  /** The same question, whose answer may come in pieces at this address. */
  public Question stream(@Nullable String stream) {
    return new Question(text, lang, visitor, conversation, history, said, stream);
  }

  /** As JSON, in the form above. */
  public JsonObject toJson() {
    JsonObject json = new JsonObject().put("text", text);
    if (lang != null) json.put("lang", lang);
    if (visitor != null) json.put("visitor", visitor);
    if (conversation != null) json.put("conversation", conversation);
    if (!history.isEmpty()) json.put("history", new JsonArray(history));
    if (!said.equals(text)) json.put("said", said);
    if (stream != null) json.put("stream", stream);
    return json;
  }

  private static String textOf(@Nullable Object said) {
    if (said instanceof CharSequence text) return text.toString();
    if (said instanceof Number number) return textOf(number);
    return "";
  }

  /** As JavaScript would write it: 1.0 is 1. */
  private static String textOf(Number number) {
    double value = number.doubleValue();
    if (!Double.isFinite(value)) return String.valueOf(number);
    BigDecimal exact = new BigDecimal(number.toString());
    // Beyond these JavaScript writes an exponent.
    boolean plain = value == 0 || (Math.abs(value) >= 1e-6 && Math.abs(value) < 1e21);
    return plain ? exact.signum() == 0 ? "0" : exact.stripTrailingZeros().toPlainString() : String.valueOf(value);
  }

  private static @Nullable String string(JsonObject json, String key) {
    return json.getValue(key) instanceof String text ? text : null;
  }
}
