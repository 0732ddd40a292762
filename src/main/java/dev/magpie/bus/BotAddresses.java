package dev.magpie.bus;

/** Where the bot is asked: each takes a {@link Question} and replies with an {@link Answer}, both as JSON. */
public final class BotAddresses {
  /** The bot: asks the answerers in turn. */
  public static final String ASK = "magpie.bot.ask";

  /** The tutorial's canned answers. */
  public static final String CANNED = "magpie.bot.canned";

  /** The articles. */
  public static final String ARTICLES = "magpie.bot.articles";

  private BotAddresses() {}
}
