package dev.magpie.store;

import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Optional;
import org.bson.types.ObjectId;

/**
 * One article that the bot answers from. Articles of other programs may have only a title.
 *
 * @param id its {@link ArticleId#key}: of an ObjectId, 24 hexadecimal digits
 * @param phrasings other ways to ask for it
 * @param body Markdown
 * @param lang such as {@code zh-CN}, {@code en}
 * @param status {@code published}, or {@code draft}: not used for answers
 * @param hits how often it was given as an answer
 * @param chosen how often a visitor chose it among suggestions
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
    long chosen,
    Instant createdAt,
    Instant updatedAt) {
  public static final String PUBLISHED = "published";
  public static final String DRAFT = "draft";

  public Article {
    phrasings = List.copyOf(phrasings);
    keywords = List.copyOf(keywords);
    tags = List.copyOf(tags);
  }

  /** A new one, with an id of its own. */
  public static Article of(String title, String lang, String body, List<String> phrasings) {
    Instant now = Instant.now().truncatedTo(ChronoUnit.MILLIS);
    return new Article(new ObjectId().toHexString(), title, phrasings, List.of(), body, lang, List.of(), PUBLISHED, 0, 0, 0, 0, now, now);
  }

  /** Whether it is published. */
  public boolean isPublished() {
    return status.equals(PUBLISHED);
  }

  /**
   * The article in a document that anyone may have written; empty when it has no title that could be found or shown.
   *
   * @param document of a cursor or a command, whose ids have their types: the client's {@code find} gives a text for an ObjectId
   */
  static Optional<Article> read(JsonObject document) {
    return document.getValue("title") instanceof String title && !title.isBlank() && ArticleId.of(document.getValue("_id")).isPresent()
        ? Optional.of(from(document)) : Optional.empty();
  }

  /** A hash of all fields that affect answers, for detecting changes. */
  long digest() {
    long digest = 1;
    for (Object part : new Object[] {title, phrasings, keywords, body, lang, tags, status})
      digest = digest * 0x9E3779B97F4A7C15L + part.hashCode();
    return digest;
  }

  /** For an article without timestamps. */
  static Article from(JsonObject document, Instant now) {
    JsonObject times = new JsonObject().put("$date", now.truncatedTo(ChronoUnit.MILLIS).toString());
    return from(document.copy().put("createdAt", times).put("updatedAt", times));
  }

  /** A field of another type counts as missing, since other programs write to the collection. */
  static Article from(JsonObject document) {
    String status = text(document, "status");
    return new Article(
        ArticleId.of(document.getValue("_id")).orElseThrow().key(),
        text(document, "title"),
        strings(document, "phrasings"),
        strings(document, "keywords"),
        text(document, "body"),
        text(document, "lang"),
        strings(document, "tags"),
        status.isEmpty() ? PUBLISHED : status,
        count(document, "hits"),
        count(document, "helpful"),
        count(document, "unhelpful"),
        count(document, "chosen"),
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
        .put("chosen", chosen)
        .put("createdAt", new JsonObject().put("$date", createdAt.toString()))
        .put("updatedAt", new JsonObject().put("$date", updatedAt.toString()));
  }

  static String text(JsonObject document, String key) {
    return document.getValue(key) instanceof String text ? text : "";
  }

  static long count(JsonObject document, String key) {
    return document.getValue(key) instanceof Number number ? number.longValue() : 0;
  }

  static List<String> strings(JsonObject document, String key) {
    return document.getValue(key) instanceof JsonArray array
        ? array.stream().filter(String.class::isInstance).map(String.class::cast).toList() : List.of();
  }

  /** A MongoDB date, or a text with a date, which some servers and editors write. */
  static Instant time(JsonObject document, String key) {
    Object value = document.getValue(key) instanceof JsonObject date ? date.getValue("$date") : document.getValue(key);
    return Times.read(value).orElse(Instant.EPOCH);
  }
}
