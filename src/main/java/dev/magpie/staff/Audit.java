package dev.magpie.staff;

import dev.magpie.store.Store;
import dev.magpie.transport.LoggedAddress;
import io.vertx.core.Future;
import io.vertx.core.json.JsonObject;
import io.vertx.ext.mongo.FindOptions;
import io.vertx.ext.mongo.MongoClient;
import java.time.Instant;
import java.util.List;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * What was done, by whom: collection {@code audit}, to which lines are only added. A line is {@code {_id, at, actor, action, target,
 * result, address?, details?}}; ids sort by time. May be used from any thread.
 */
public final class Audit {
  public static final String COLLECTION = "audit";

  /** The key of the details that becomes a line's result. */
  public static final String RESULT = "result";

  /** The key of the details that becomes a line's address: the client's whole one, which is stored as logs show it: masked. */
  public static final String ADDRESS = "address";

  /** The result of what was done. */
  public static final String OK = "ok";

  private static final int MOST_LINES = 1_000;

  private final Documents lines;

  public Audit(MongoClient client) {
    this.lines = new Documents(client, COLLECTION);
  }

  public static Audit of(Store store) {
    return new Audit(store.client());
  }

  /**
   * Adds a line.
   *
   * @param actor the id of a user or a key, such as {@code staff:anna}, {@code key:7f3a}; {@code command} for the command line
   * @param action what was done, such as {@code login} or {@code key.create}
   * @param target whom or what it concerns; empty for nothing
   * @param details more of it, without secrets; {@link #RESULT} ({@link #OK} where it is missing) and {@link #ADDRESS} become fields of the
   *     line
   * @return succeeds when the line is in the database
   */
  public Future<Void> append(String actor, String action, String target, JsonObject details) {
    JsonObject rest = details.copy();
    Object result = rest.remove(RESULT);
    Object address = rest.remove(ADDRESS);
    Instant now = Instant.now();
    JsonObject line = new JsonObject()
        .put("_id", String.format("%013d-%s", now.toEpochMilli(), UUID.randomUUID()))
        .put("at", new JsonObject().put("$date", now.toString()))
        .put("actor", actor)
        .put("action", action)
        .put("target", target)
        .put("result", result == null ? OK : result.toString());
    if (address != null) line.put("address", LoggedAddress.of(address));
    if (!rest.isEmpty()) line.put("details", rest);
    return lines.insert(line).mapEmpty();
  }

  /**
   * The newest lines, the newest first.
   *
   * @param before the {@code _id} of the last line of the page before; null for the first page
   * @param limit from 1 to 1000
   */
  public Future<List<JsonObject>> newest(@Nullable String before, int limit) {
    JsonObject query = before == null ? new JsonObject() : new JsonObject().put("_id", new JsonObject().put("$lt", before));
    return lines.find(query, new FindOptions().setSort(new JsonObject().put("_id", -1)).setLimit(Math.max(1, Math.min(MOST_LINES, limit))));
  }
}
