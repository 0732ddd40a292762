package dev.magpie.tutorial;

import dev.magpie.core.Io;
import io.vertx.core.Context;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonObject;

/**
 * The tutorial's programs on one server: how they are set, and which of them are there, since two of them hear the same event and share it
 * by what it carries. Kept by the context on which they are mounted.
 */
final class Companions {
  private final Io io;
  private final Context context;

  private Companions(Io io, Context context) {
    this.io = io;
    this.context = context;
  }

  /** Those that {@code newcomer} joins; asked while it is mounted. */
  static Companions of(Io io, Vertx vertx, String newcomer) {
    Companions companions = new Companions(io, vertx.getOrCreateContext());
    companions.context.put(companions.key(newcomer), true);
    return companions;
  }

  /** Whether that program is there as well. Not known before all are mounted: asked when an event comes. */
  boolean include(String program) {
    return context.get(key(program)) != null;
  }

  /** The setting {@code tutorial.<key>}: how a program that the tutorial has in two variants behaves. */
  String setting(String key, String otherwise) {
    return settings().getString(key, otherwise);
  }

  /** The setting {@code tutorial.escape}: the tutorial's pages append what they get as HTML. */
  Object forPages(Object said) {
    return settings().getBoolean("escape", false) ? Html.escape(said) : said;
  }

  private JsonObject settings() {
    JsonObject config = context.config();
    return config == null ? new JsonObject() : config.getJsonObject("tutorial", new JsonObject());
  }

  /** One context may have several servers. */
  private String key(String program) {
    return "magpie." + program + "." + io.id();
  }
}
