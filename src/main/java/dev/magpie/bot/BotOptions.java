package dev.magpie.bot;

import dev.magpie.bus.Addresses;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.List;

/**
 * How the bot answers.
 *
 * @param answerers addresses on the event bus, asked in this order
 * @param answererTimeoutMs one that takes longer is passed over
 */
public record BotOptions(List<String> answerers, long answererTimeoutMs) {
  public static final BotOptions DEFAULT = new BotOptions(List.of(Addresses.BOT_CANNED, Addresses.BOT_ARTICLES), 2_000);

  public BotOptions {
    answerers = List.copyOf(answerers);
  }

  /** Reads {@code bot.answerers} of Magpie's settings. */
  public static BotOptions from(JsonObject settings) {
    JsonObject bot = settings.getJsonObject("bot", new JsonObject());
    JsonArray answerers = bot.getJsonArray("answerers", new JsonArray(DEFAULT.answerers));
    return new BotOptions(answerers.stream().map(String.class::cast).toList(), DEFAULT.answererTimeoutMs);
  }
}
