package dev.magpie.bus;

/** The addresses on the event bus: public and stable, since verticles of other programs use them. */
public final class Addresses {
  /** For verticles in any language: JSON {@code {namespace, rooms, except, event, args}}. */
  public static final String EMIT = "magpie.emit";

  /** Request and reply: a question, an answer. */
  public static final String BOT_ASK = "magpie.bot.ask";

  public static final String BOT_CANNED = "magpie.bot.canned";
  public static final String BOT_ARTICLES = "magpie.bot.articles";

  /**
   * Request {@code {"text"}}, reply {@code {"result": [{_id, title}, …]}}: titles that contain the text literally, then the bot's answer.
   */
  public static final String BOT_TITLES = "magpie.bot.titles";

  /** Request {@code {"key", "kind", "article", "question", "visitor"}}; the empty reply means that it is stored and counted. */
  public static final String BOT_FEEDBACK = "magpie.bot.feedback";

  /** Request {@code {"limit"}}, reply {@code {"groups": [{questions, count, firstAsked, lastAsked}, …]}}: what the bot could not answer. */
  public static final String BOT_UNANSWERED = "magpie.bot.unanswered";

  /**
   * Request {@code {"limit"}}, reply {@code {"persons": [{visitor, conversation, question, lang, count, firstAsked, lastAsked}, …],
   * "groups": […]}}: the visitors who asked for a person, the newest first, and what {@link #BOT_UNANSWERED} replies.
   */
  public static final String BOT_REPORT = "magpie.bot.report";

  /** Published: the question of a visitor who wants to talk to a person. */
  public static final String BOT_PERSON = "magpie.bot.person";

  /**
   * Published by any program that wrote articles: JSON {@code {"ids": ["5d0a…", …]}}; without ids anything may have changed. Every bot
   * then reads the database.
   */
  public static final String ARTICLES_CHANGED = "magpie.articles.changed";

  /** A {@link Tick}; local only, for a clustered publish would tick once per pair of nodes. */
  public static final String REAPER_TICK = "magpie.reaper.tick";

  private Addresses() {}

  /** A broadcast for every gateway. */
  public static String namespace(String namespace) {
    return "magpie.ns." + namespace;
  }

  /** One node's own. */
  public static String node(String node, String topic) {
    return "magpie.node." + node + "." + topic;
  }
}
