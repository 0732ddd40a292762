package dev.magpie.state;

import io.vertx.core.json.JsonObject;
import java.util.Objects;

/**
 * Someone who is present in a room, however many sockets hold the place.
 *
 * @param key what identifies the member to the server, such as a user's id; clients do not see it
 * @param description what clients see of the member; must not be changed
 */
public record PresenceMember(String key, JsonObject description) {

  /** A member. */
  public PresenceMember {
    Objects.requireNonNull(key, "key");
    Objects.requireNonNull(description, "description");
  }
}
