package dev.magpie.bus;

import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.List;

/**
 * The reply of an answerer, and of the bot, to a {@link Question}; as JSON {@code {"outcome", "text", "confidence", "result": [{"_id",
 * "title"}, …], "more"}}.
 *
 * @param outcome what the answerer made of the question
 * @param text to be shown; empty for {@link Outcome#PASS}
 * @param confidence between 0 and 1
 * @param result the articles that were found, the best first
 * @param more whether the text is the beginning of one that its answerer goes on publishing at {@link Question#stream()}
 */
public record Answer(Outcome outcome, String text, double confidence, List<Hit> result, boolean more) {
  /** What the answerer made of the question. */
  public enum Outcome {
    /** The text answers the question. */
    ANSWER,
    /** One of the articles may be meant. */
    SUGGEST,
    /** Nothing was found; the next answerer is asked. */
    NOT_FOUND,
    /** The answerer does not handle this kind of question. */
    PASS
  }

  /**
   * An article that was found.
   *
   * @param id its id as a text: an ObjectId's 24 hexadecimal digits, a number's digits, or the text itself
   * @param title its title
   */
  public record Hit(String id, String title) {
    /** As {@code {"_id", "title"}}. */
    public JsonObject toJson() {
      return new JsonObject().put("_id", id).put("title", title);
    }
  }

  /** A null text is empty, a null result is an empty list. */
  public Answer {
    text = text == null ? "" : text;
    result = result == null ? List.of() : List.copyOf(result);
  }

  /** An answer with its whole text. */
  public Answer(Outcome outcome, String text, double confidence, List<Hit> result) {
    this(outcome, text, confidence, result, false);
  }

  /** The text answers the question, with confidence 1. */
  public static Answer of(String text) {
    return new Answer(Outcome.ANSWER, text, 1, List.of());
  }

  /** One of these articles may be meant, with confidence 0.5. */
  public static Answer suggest(String text, List<Hit> result) {
    return new Answer(Outcome.SUGGEST, text, 0.5, result);
  }

  /** Nothing was found, with a text for the case that no other answerer finds anything. */
  public static Answer notFound(String text) {
    return new Answer(Outcome.NOT_FOUND, text, 0, List.of());
  }

  /** The answerer does not handle this kind of question. */
  public static Answer pass() {
    return new Answer(Outcome.PASS, "", 0, List.of());
  }

  /** The same answer with this confidence, at least 0 and at most 1. */
  public Answer confidence(double confidence) {
    return new Answer(outcome, text, Math.min(1, Math.max(0, confidence)), result, more);
  }

  /** The same answer with these articles. */
  public Answer result(List<Hit> result) {
    return new Answer(outcome, text, confidence, result, more);
  }

  /** The same answer as the beginning of a text that grows; only for a question with {@link Question#stream()}. */
  public Answer beginning() {
    return new Answer(outcome, text, confidence, result, true);
  }

  /**
   * Reads the answer of an answerer in any language. Without an outcome, a text is an answer and no text passes.
   *
   * @throws IllegalArgumentException when it is no answer
   */
  public static Answer from(JsonObject json) {
    try {
      String text = json.getString("text", "");
      Outcome outcome = json.containsKey("outcome") ? Outcome.valueOf(json.getString("outcome")) : text == null || text.isEmpty()
          ? Outcome.PASS : Outcome.ANSWER;
      List<Hit> result =
          json.getJsonArray("result", new JsonArray()).stream().map(JsonObject.class::cast)
          .map(hit -> new Hit(hit.getString("_id"), hit.getString("title"))).toList();
      return new Answer(outcome, text, json.getDouble("confidence", outcome == Outcome.ANSWER ? 1.0 : 0.0), result,
          json.getBoolean("more", false));
    } catch (ClassCastException | NullPointerException e) {
      throw new IllegalArgumentException("not an answer: " + json, e);
    }
  }

  /** As JSON, in the form above. */
  public JsonObject toJson() {
    JsonObject json = new JsonObject().put("outcome", outcome.name()).put("text", text).put("confidence", confidence)
        .put("result", resultJson());
    return more ? json.put("more", true) : json;
  }

  /** The articles as the tutorial's page reads them: {@code [{"_id", "title"}, …]}. */
  public JsonArray resultJson() {
    JsonArray array = new JsonArray();
    result.forEach(hit -> array.add(hit.toJson()));
    return array;
  }
}
