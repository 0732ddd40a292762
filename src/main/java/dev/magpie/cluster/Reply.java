package dev.magpie.cluster;

import io.vertx.core.json.JsonArray;

/** An instance's answer to a question; buffers stand in it as they are. */
record Reply(JsonArray answer) {}
