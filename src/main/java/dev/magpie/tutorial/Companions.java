package dev.magpie.tutorial;

import dev.magpie.core.ApplicationContext;
import dev.magpie.core.Io;
import io.vertx.core.Context;
import io.vertx.core.json.JsonObject;

/**
 * The tutorial's programs on one server: how they are set, and which of them are there, since two of them hear the same event and share it
 * by what it carries. Kept by the context on which they are mounted.
 */
final class Companions {
  /** The settings of all programs. */
  static final String SECTION = "tutorial";

  private final Io io;
  private final JsonObject settings;
  private final Context context;

  private Companions(ApplicationContext mounting) {
    this.io = mounting.io();
    this.settings = mounting.settings();
    this.context = mounting.vertx().getOrCreateContext();
  }

  /** Those that {@code newcomer} joins; asked while it is mounted. */
  static Companions of(ApplicationContext mounting, String newcomer) {
    Companions companions = new Companions(mounting);
    companions.context.put(companions.key(newcomer), true);
    return companions;
  }

  /** Whether that program is there as well. Not known before all are mounted: asked when an event comes. */
  boolean include(String program) {
    return context.get(key(program)) != null;
  }

  /** The setting {@code tutorial.<key>}: how a program that the tutorial has in two variants behaves. */
  String setting(String key, String otherwise) {
    return settings.getString(key, otherwise);
  }

  /** The setting {@code tutorial.escape}: the tutorial's pages append what they get as HTML. */
  Object forPages(Object said) {
    return settings.getBoolean("escape", false) ? Html.escape(said) : said;
  }

  /** One context may have several servers. */
  private String key(String program) {
    return "magpie." + program + "." + io.id();
  }
}
