package dev.magpie.emitter;

import io.vertx.core.json.JsonObject;
import java.util.List;
import java.util.Optional;

/**
 * Where the emitters of other programs write.
 *
 * @param collection that they insert documents into
 * @param database of the collection; empty for {@code mongo.database}
 * @param names of the listeners, whose clients get the events ({@code IoOptions.setName})
 */
public record EmitterOptions(String collection, Optional<String> database, List<String> names) {

  /** Reads {@code mongo.emitter} of Magpie's settings; empty where it names no collection. */
  public static Optional<EmitterOptions> from(JsonObject settings, List<String> names) {
    JsonObject emitter = settings.getJsonObject("mongo", new JsonObject()).getJsonObject("emitter", new JsonObject());
    return Optional.ofNullable(emitter.getString("collection"))
        .map(collection -> new EmitterOptions(collection, Optional.ofNullable(emitter.getString("database")), List.copyOf(names)));
  }
}
