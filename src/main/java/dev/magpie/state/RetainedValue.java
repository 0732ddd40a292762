package dev.magpie.state;

import io.vertx.core.json.JsonArray;

/**
 * The present value of one key of a room: the event that set it.
 *
 * @param event the name of the event
 * @param args its arguments; read-only
 * @param version for {@code ifVersion}: grows with each change in the namespace, so it is different from that of any former value
 */
public record RetainedValue(String event, JsonArray args, long version) {}
