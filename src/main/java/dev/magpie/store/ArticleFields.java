package dev.magpie.store;

import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Set;
import java.util.regex.Pattern;

/**
 * The fields of an article as people write them in files: which there are, what each may hold, and how they are stored. HTML is text like
 * any other: it is kept as it is, and shown as text. Pure.
 */
public final class ArticleFields {
  /** In the order in which they are written; also the columns of a CSV file. */
  public static final List<String> NAMES =
      List.of("id", "title", "lang", "status", "phrasings", "keywords", "tags", "body", "hits", "helpful", "unhelpful", "chosen",
      "createdAt", "updatedAt");

  /** Fields that are lists of texts, each without line breaks. */
  public static final Set<String> LISTS = Set.of("phrasings", "keywords", "tags");

  public static final Set<String> COUNTERS = Set.of("hits", "helpful", "unhelpful", "chosen");
  private static final Set<String> TIMES = Set.of("createdAt", "updatedAt");

  /** Characters of a title, which is one line. */
  private static final int LONGEST_LINE = 200;

  private static final int LONGEST_LIST = 100;

  /** Characters; some fifty pages. */
  private static final int LONGEST_BODY = 100_000;

  /** The form of an id that is a text: 1 to 64 characters. */
  private static final Pattern ID = Pattern.compile("[\\p{L}\\p{N}_][\\p{L}\\p{N}_ .:/@#+-]{0,63}");
  private static final Pattern LANG = Pattern.compile("|[a-z]{2,3}(-[A-Za-z0-9]{2,8}){0,3}");

  private ArticleFields() {}

  /** The problems of these fields; empty if they can be imported. The input is not trusted. */
  public static List<String> problems(JsonObject fields) {
    List<String> problems = new ArrayList<>();
    if (!fields.containsKey("title")) problems.add("title: missing");
    for (String name : fields.fieldNames()) {
      Object value = fields.getValue(name);
      String problem = NAMES.contains(name) ? problem(name, value) : "not a field; allowed: " + String.join(", ", NAMES);
      if (problem != null) problems.add((name.length() > 50 ? name.substring(0, 50) + "…" : name) + ": " + problem);
    }
    return problems;
  }

  /**
   * Fields of other programs, such as mongoose's {@code __v}, which are skipped. Names that no program could write, empty or with an
   * operator's sign, are errors.
   */
  public static List<String> ofOthers(JsonObject fields) {
    return fields.fieldNames().stream()
        .filter(name -> !NAMES.contains(name) && !name.isEmpty() && !name.startsWith("$") && name.indexOf('.') < 0)
        .toList();
  }

  private static String problem(String name, Object value) {
    if (COUNTERS.contains(name))
      return value instanceof Number number && number.doubleValue() == number.longValue() && number.longValue() >= 0 ? null
          : "not a whole number from 0";
    if (TIMES.contains(name)) return Times.read(value).isPresent() ? null : "not a time such as 2026-11-24T09:00:00Z";
    if (LISTS.contains(name)) return listProblem(value);
    if (name.equals("id")) return idProblem(value);
    if (!(value instanceof String text)) return "not a text";
    if (!RegexText.storable(text)) return "holds a character that cannot be stored (NUL, or half of a pair)";
    return switch (name) {
      case "title" -> text.isBlank() ? "empty" : lineProblem(text);
      case "lang" -> LANG.matcher(text).matches() ? null : "not a language such as zh-CN or en";
      case "status" -> text.equals(Article.PUBLISHED) || text.equals(Article.DRAFT) ? null : "neither published nor draft";
      default -> text.length() <= LONGEST_BODY ? null : text.length() + " characters; allowed: " + LONGEST_BODY;
    };
  }

  /** @param value an {@link ArticleId#key} */
  private static String idProblem(Object value) {
    if (!(value instanceof String key)) return "neither a text, a number nor an ObjectId";
    boolean isGood = !(ArticleId.parse(key).value() instanceof String text) || ID.matcher(text).matches();
    return isGood ? null
        : "not 1 to 64 letters, digits, spaces and '_', '.', ':', '/', '@', '#', '+', '-', the first a letter, a digit or '_'";
  }

  private static String lineProblem(String text) {
    if (text.length() > LONGEST_LINE) return text.length() + " characters; allowed: " + LONGEST_LINE;
    return text.chars().anyMatch(c -> c == '\n' || c == '\r') ? "more than one line" : null;
  }

  private static String listProblem(Object value) {
    if (!(value instanceof JsonArray list)) return "not a list of texts";
    if (list.size() > LONGEST_LIST) return list.size() + " of them; allowed: " + LONGEST_LIST;
    for (Object each : list) {
      if (!(each instanceof String text)) return "not a list of texts";
      if (text.isBlank()) return "one of them is empty";
      if (!RegexText.storable(text)) return "one of them holds a character that cannot be stored";
      String problem = lineProblem(text);
      if (problem != null) return "one of them: " + problem;
    }
    return null;
  }

  private static Instant time(Object value) {
    return Times.read(value).orElseThrow().truncatedTo(ChronoUnit.MILLIS);
  }

  /** The id of an article without one, derived from the title, so that importing a file again changes nothing. */
  static String idFor(String title) {
    try {
      return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(title.getBytes(StandardCharsets.UTF_8)), 0, 12);
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException(e);
    }
  }

  /** As they are stored: times become MongoDB's dates, the id goes. */
  static JsonObject toDocument(JsonObject fields) {
    JsonObject document = new JsonObject();
    for (String name : NAMES) {
      if (name.equals("id") || !fields.containsKey(name)) continue;
      Object value = fields.getValue(name);
      document.put(name, TIMES.contains(name) ? date(time(value)) : COUNTERS.contains(name) ? ((Number) value).longValue() : value);
    }
    return document;
  }

  private static JsonObject date(Instant time) {
    return new JsonObject().put("$date", time.toString());
  }

  /** Equal for fields that are stored equally. */
  static String canonical(String name, Object value) {
    if (TIMES.contains(name)) return time(value).toString();
    return COUNTERS.contains(name) ? Long.toString(((Number) value).longValue()) : value.toString();
  }

  /** As people write them; the order is that of {@link #NAMES}. */
  public static JsonObject of(Article article) {
    return new JsonObject()
        .put("id", article.id())
        .put("title", article.title())
        .put("lang", article.lang())
        .put("status", article.status())
        .put("phrasings", new JsonArray(article.phrasings()))
        .put("keywords", new JsonArray(article.keywords()))
        .put("tags", new JsonArray(article.tags()))
        .put("body", article.body())
        .put("hits", article.hits())
        .put("helpful", article.helpful())
        .put("unhelpful", article.unhelpful())
        .put("chosen", article.chosen())
        .put("createdAt", article.createdAt().toString())
        .put("updatedAt", article.updatedAt().toString());
  }
}
