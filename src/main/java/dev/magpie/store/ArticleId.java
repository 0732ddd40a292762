package dev.magpie.store;

import io.vertx.core.json.DecodeException;
import io.vertx.core.json.Json;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.math.BigInteger;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;

/**
 * The {@code _id} of an article with its type: 24 hexadecimal digits may be an ObjectId or a text, 7 a number or a text, and MongoDB finds
 * a document only by the type that it has. Pure.
 *
 * @param value a text, a {@code Long}, a {@code Double}, or an object in MongoDB's extended JSON, such as {@code {"$oid": "…"}}
 */
public record ArticleId(Object value) {
  private static final Pattern OBJECT_ID = Pattern.compile("[0-9a-fA-F]{24}");
  private static final Pattern NUMBER = Pattern.compile("0|-?[1-9][0-9]{0,18}");

  /** 2^53: beyond it not every whole number is a double. */
  private static final double EXACT = 1L << 53;

  public ArticleId {
    // MongoDB compares numbers by their value, whatever their type.
    if (value instanceof Number number && isWhole(number)) value = number.longValue();
  }

  private static boolean isWhole(Number number) {
    if (number instanceof Integer || number instanceof Long) return true;
    return number.doubleValue() == Math.rint(number.doubleValue()) && Math.abs(number.doubleValue()) <= EXACT;
  }

  public static ArticleId objectId(String hex) {
    return new ArticleId(new JsonObject().put("$oid", hex.toLowerCase(Locale.ROOT)));
  }

  /** Reads an id in the canonical form of extended JSON, as cursors and commands return it; empty if it is no id. */
  public static Optional<ArticleId> of(Object id) {
    boolean isScalar = id instanceof String || id instanceof Integer || id instanceof Long || id instanceof Double;
    return isScalar || (id instanceof JsonObject object && isExtended(object)) ? Optional.of(new ArticleId(id)) : Optional.empty();
  }

  /** A scalar of another type; documents are not supported as ids. */
  private static boolean isExtended(JsonObject object) {
    return !object.isEmpty() && object.fieldNames().stream().allMatch(name -> name.startsWith("$"));
  }

  /**
   * Reads a {@link #key}. Every text is one: 24 hexadecimal digits are an ObjectId, digits a number, what stands in JSON's quotes a text,
   * an object of JSON is extended JSON; all else is the text itself.
   */
  public static ArticleId parse(String key) {
    if (OBJECT_ID.matcher(key).matches()) return objectId(key);
    if (NUMBER.matcher(key).matches() && new BigInteger(key).bitLength() < Long.SIZE) return new ArticleId(Long.valueOf(key));
    if (key.startsWith("\"") || key.startsWith("{")) {
      try {
        Object read = Json.decodeValue(key);
        if (read instanceof String || (read instanceof JsonObject object && isExtended(object))) return new ArticleId(read);
      } catch (DecodeException text) {
        return new ArticleId(key);
      }
    }
    return new ArticleId(key);
  }

  /** Names this article and no other: no two types share a key. */
  public String key() {
    if (value instanceof String text) return parse(text).equals(this) ? text : Json.encode(text);
    if (value instanceof JsonObject object) return object.getValue("$oid") instanceof String hex ? hex : object.encode();
    return value instanceof Long number ? number.toString() : new JsonObject().put("$numberDouble", value.toString()).encode();
  }

  /** As clients receive it: the text that JavaScript would write, without the type. */
  public String shown() {
    return value instanceof String text ? text : key();
  }

  /** The ids that a text without a type may stand for, the likeliest first. */
  static List<ArticleId> meantBy(String text) {
    Set<ArticleId> meant = new LinkedHashSet<>(List.of(parse(text), new ArticleId(text)));
    return List.copyOf(meant);
  }

  /** This id, then those of other types with the same text. */
  List<ArticleId> alike() {
    Set<ArticleId> alike = new LinkedHashSet<>(List.of(this));
    alike.addAll(meantBy(shown()));
    return List.copyOf(alike);
  }

  /** Finds the document. */
  JsonObject query() {
    return new JsonObject().put("_id", isTextLikeAnObjectId() ? new JsonObject().put("$in", new JsonArray().add(value)) : stored());
  }

  /** As {@link #query}, with the id in a form from which an upsert makes it. */
  JsonObject upsertQuery() {
    return isTextLikeAnObjectId() ? new JsonObject().put("_id", new JsonObject().put("$eq", value)) : query();
  }

  /** The client makes an ObjectId of such a text, where it stands as the id itself. */
  boolean isTextLikeAnObjectId() {
    return value instanceof String text && OBJECT_ID.matcher(text).matches();
  }

  /**
   * Whether a new article may have it. Of other types of extended JSON the database's client writes only what it has read: it throws for
   * other forms, and for values that are none.
   */
  boolean canBeNew() {
    if (!(value instanceof JsonObject object)) return true;
    if (object.getValue("$oid") instanceof String hex) return OBJECT_ID.matcher(hex).matches();
    try {
      return stored() instanceof Double;
    } catch (NumberFormatException noDouble) {
      return false;
    }
  }

  Object stored() {
    return value instanceof JsonObject object && object.getValue("$numberDouble") instanceof String number ? Double.valueOf(number) : value;
  }
}
