package dev.magpie.bus;

import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.List;

/**
 * The reply of an answerer, and of the bot, to a {@link Question}; as JSON {@code {"outcome", "text", "confidence", "result": [{"_id",
 * "title"}, …]}}.
 *
 * @param text to be shown; empty when passing
 * @param confidence between 0 and 1
 * @param result the articles that were found, the best first
 */
public record Answer(Outcome outcome, String text, double confidence, List<Hit> result) {
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

  /** @param id of the article as a text: an ObjectId's 24 hexadecimal digits, a number's digits, or the text that it is */
  public record Hit(String id, String title) {
    public JsonObject toJson() {
      return new JsonObject().put("_id", id).put("title", title);
    }
  }

  public Answer {
    text = text == null ? "" : text;
    result = result == null ? List.of() : List.copyOf(result);
  }

  public static Answer of(String text) {
    return new Answer(Outcome.ANSWER, text, 1, List.of());
  }

  public static Answer suggest(String text, List<Hit> result) {
    return new Answer(Outcome.SUGGEST, text, 0.5, result);
  }

  public static Answer notFound(String text) {
    return new Answer(Outcome.NOT_FOUND, text, 0, List.of());
  }

  public static Answer pass() {
    return new Answer(Outcome.PASS, "", 0, List.of());
  }

  /** The same answer, given with this confidence. */
  public Answer confidence(double confidence) {
    return new Answer(outcome, text, Math.min(1, Math.max(0, confidence)), result);
  }

  /** The same answer, with the articles it was drawn from. */
  public Answer result(List<Hit> result) {
    return new Answer(outcome, text, confidence, result);
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
      return new Answer(outcome, text, json.getDouble("confidence", outcome == Outcome.ANSWER ? 1.0 : 0.0), result);
    } catch (ClassCastException | NullPointerException e) {
      throw new IllegalArgumentException("not an answer: " + json, e);
    }
  }

  public JsonObject toJson() {
    return new JsonObject().put("outcome", outcome.name()).put("text", text).put("confidence", confidence).put("result", resultJson());
  }

  /** The articles as the tutorial's page reads them: {@code [{"_id", "title"}, …]}. */
  public JsonArray resultJson() {
    JsonArray array = new JsonArray();
    result.forEach(hit -> array.add(hit.toJson()));
    return array;
  }
}
