package dev.magpie.store;

import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.time.Instant;
import java.util.List;

/**
 * One article that the bot answers from. Collections of others may have a title and nothing else.
 *
 * @param id hexadecimal
 * @param phrasings other ways to ask for it
 * @param body Markdown
 * @param lang such as {@code zh-CN}, {@code en}
 * @param status {@code published}, or {@code draft}: not answered with
 * @param hits how often it was given as an answer
 */
public record Article(
    String id,
    String title,
    List<String> phrasings,
    List<String> keywords,
    String body,
    String lang,
    List<String> tags,
    String status,
    long hits,
    long helpful,
    long unhelpful,
    Instant createdAt,
    Instant updatedAt) {
  public static final String PUBLISHED = "published";

  public Article {
    phrasings = List.copyOf(phrasings);
    keywords = List.copyOf(keywords);
    tags = List.copyOf(tags);
  }

  static Article from(JsonObject document) {
    return new Article(
        document.getString("_id"),
        document.getString("title", ""),
        strings(document, "phrasings"),
        strings(document, "keywords"),
        document.getString("body", ""),
        document.getString("lang", ""),
        strings(document, "tags"),
        document.getString("status", PUBLISHED),
        document.getLong("hits", 0L),
        document.getLong("helpful", 0L),
        document.getLong("unhelpful", 0L),
        time(document, "createdAt"),
        time(document, "updatedAt"));
  }

  /** As it is stored, without its id. Times are MongoDB dates. */
  JsonObject toDocument() {
    return new JsonObject()
        .put("title", title)
        .put("phrasings", new JsonArray(phrasings))
        .put("keywords", new JsonArray(keywords))
        .put("body", body)
        .put("lang", lang)
        .put("tags", new JsonArray(tags))
        .put("status", status)
        .put("hits", hits)
        .put("helpful", helpful)
        .put("unhelpful", unhelpful)
        .put("createdAt", new JsonObject().put("$date", createdAt.toString()))
        .put("updatedAt", new JsonObject().put("$date", updatedAt.toString()));
  }

  private static List<String> strings(JsonObject document, String key) {
    return document.getValue(key) instanceof JsonArray array ? array.stream().filter(String.class::isInstance).map(String.class::cast).toList() : List.of();
  }

  private static Instant time(JsonObject document, String key) {
    return document.getValue(key) instanceof JsonObject date && date.getValue("$date") instanceof String text ? Instant.parse(text) : Instant.EPOCH;
  }
}
