package dev.magpie.bot;

import dev.magpie.bus.Addresses;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.nio.file.Path;
import java.util.List;

/**
 * How the bot answers.
 *
 * @param answerers addresses on the event bus, asked in this order
 * @param answererTimeoutMs an answerer that takes longer is skipped
 * @param meaning whether to search by meaning as well as by words
 * @param folder for the index and the vectors
 */
public record BotOptions(List<String> answerers, long answererTimeoutMs, boolean meaning, Path folder) {
  public static final BotOptions DEFAULT = new BotOptions(List.of(Addresses.BOT_CANNED, Addresses.BOT_ARTICLES), 2_000, true,
      folder("data"));

  public BotOptions {
    answerers = List.copyOf(answerers);
  }

  /** Reads {@code bot.answerers}, {@code bot.meaning} and {@code data.path} of Magpie's settings. */
  public static BotOptions from(JsonObject settings) {
    JsonObject bot = settings.getJsonObject("bot", new JsonObject());
    JsonArray answerers = bot.getJsonArray("answerers", new JsonArray(DEFAULT.answerers));
    return new BotOptions(
        answerers.stream().map(String.class::cast).toList(), DEFAULT.answererTimeoutMs, bot.getBoolean("meaning", DEFAULT.meaning),
        folder(settings.getJsonObject("data", new JsonObject()).getString("path", "data")));
  }

  private static Path folder(String data) {
    return Path.of(data).resolve("bot");
  }
}
