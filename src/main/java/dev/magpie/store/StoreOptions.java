package dev.magpie.store;

import io.vertx.core.json.JsonObject;
import java.nio.file.Path;
import java.util.Optional;

/**
 * Where the database is.
 *
 * @param connectionString of a MongoDB; empty: the embedded one
 * @param database that holds the articles, where the connection string names none
 * @param data directory of the embedded database
 */
public record StoreOptions(Optional<String> connectionString, String database, Path data) {
  /** The tutorial's. */
  private static final String DATABASE = "koa";

  /** Embedded, below this directory. */
  public static StoreOptions embedded(Path data) {
    return new StoreOptions(Optional.empty(), DATABASE, data);
  }

  public static StoreOptions at(String connectionString) {
    return new StoreOptions(Optional.of(connectionString), DATABASE, Path.of("data"));
  }

  /** Reads {@code mongo.connection_string}, {@code mongo.database} and {@code data.path} of Magpie's settings. */
  public static StoreOptions from(JsonObject settings) {
    JsonObject mongo = settings.getJsonObject("mongo", new JsonObject());
    return new StoreOptions(
        Optional.ofNullable(mongo.getString("connection_string")),
        mongo.getString("database", DATABASE),
        Path.of(settings.getJsonObject("data", new JsonObject()).getString("path", "data")));
  }

  /** Without the connection string, which may hold a password. */
  @Override
  public String toString() {
    return "StoreOptions[" + (connectionString.isPresent() ? "MongoDB" : "data=" + data) + ", database=" + database + "]";
  }

  /** Key by which parts share a store. */
  String location() {
    return connectionString.orElseGet(() -> data.toAbsolutePath().normalize().toString()) + " " + database;
  }
}
