package dev.magpie.bus;

/** The addresses on the event bus. They are stable: verticles of other programs and languages use them. */
public final class Addresses {
  /** Publish: an {@link Emit}, or its JSON {@code {namespace, rooms, except, event, args, latest}} from any language. */
  public static final String EMIT = "magpie.emit";

  /** Request a {@link Question}, reply an {@link Answer}: asks the bot. */
  public static final String BOT_ASK = "magpie.bot.ask";

  /** As {@link #BOT_ASK}: the answerer of canned answers. */
  public static final String BOT_CANNED = "magpie.bot.canned";

  /** As {@link #BOT_ASK}: the answerer of articles. */
  public static final String BOT_ARTICLES = "magpie.bot.articles";

  /**
   * Request {@code {"text"}}, reply {@code {"result": [{_id, title}, …]}}: titles that contain the text literally, then the bot's answer.
   */
  public static final String BOT_TITLES = "magpie.bot.titles";

  /** Request a {@link Feedback}; the empty reply means that it is stored and counted. */
  public static final String BOT_FEEDBACK = "magpie.bot.feedback";

  /** Request {@code {"limit"}}, reply {@code {"groups": [{questions, count, firstAsked, lastAsked}, …]}}: what the bot could not answer. */
  public static final String BOT_UNANSWERED = "magpie.bot.unanswered";

  /**
   * Request {@code {"limit"}}, reply {@code {"persons": [{visitor, conversation, question, lang, count, firstAsked, lastAsked}, …],
   * "groups": […]}}: the visitors who asked for a person, the newest first, and what {@link #BOT_UNANSWERED} replies.
   */
  public static final String BOT_REPORT = "magpie.bot.report";

  /** Beginning of the addresses of {@link Question#stream()}, one for each question. */
  public static final String BOT_PIECES = "magpie.bot.pieces.";

  /** Published by the bot: the {@link Question} of a visitor who asks for a person. */
  public static final String BOT_PERSON = "magpie.bot.person";

  /**
   * Published by any program that wrote articles: JSON {@code {"ids": ["5d0a…", …]}}; without ids anything may have changed. Every bot
   * then reads the database.
   */
  public static final String ARTICLES_CHANGED = "magpie.articles.changed";

  /** Published by the reaper: a {@link Tick}. Local only: a clustered publish would tick once per pair of nodes. */
  public static final String REAPER_TICK = "magpie.reaper.tick";

  private Addresses() {}

  /** The address of the broadcasts of a namespace, which every instance hears. */
  public static String namespace(String namespace) {
    return "magpie.ns." + namespace;
  }

  /** An address that one node alone listens to. */
  public static String node(String node, String topic) {
    return "magpie.node." + node + "." + topic;
  }
}
