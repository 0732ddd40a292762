package dev.magpie.tutorial;

import dev.magpie.bus.Addresses;
import dev.magpie.bus.Answer;
import dev.magpie.bus.Question;
import dev.magpie.core.Application;
import dev.magpie.core.ApplicationContext;
import dev.magpie.core.Io;
import dev.magpie.core.Socket;
import dev.magpie.logging.ThrottledWarning;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.eventbus.DeliveryOptions;
import io.vertx.core.json.JsonObject;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The bot with a menu: {@code message} with what a visitor typed, {@code servermessage} with a sentence, to the visitor alone. Shows how a
 * socket's handler asks another verticle over the event bus. With the setting {@code tutorial.bot} at {@code broadcast} (default {@code
 * bot}) it is the tutorial's group chat: what one visitor typed is told to all.
 */
public final class TutorialBot implements Application {
  private static final Logger log = LoggerFactory.getLogger(TutorialBot.class);

  /** Timeout of a question, in milliseconds. */
  private static final DeliveryOptions PATIENCE = new DeliveryOptions().setSendTimeout(2_000);

  private final ThrottledWarning unanswered = new ThrottledWarning(log, "bot did not answer");

  @Override
  public String name() {
    return "tutorial-bot";
  }

  @Override
  public String section() {
    return Companions.SECTION;
  }

  @Override
  public void mount(ApplicationContext context) {
    Companions companions = Companions.of(context, name());
    boolean toAll = companions.setting("bot", "bot").equals("broadcast");
    Io io = context.io();
    io.onConnection(socket ->
        socket.on("message", Object.class, said -> {
          // An object is a question to the bot with the database, where that is mounted too.
          if (said instanceof JsonObject && companions.include("tutorial-mongo-bot")) return;
          if (toAll) io.emit("servermessage", companions.forPages(said));
          else answer(context.vertx(), socket, said);
        }));
  }

  private void answer(Vertx vertx, Socket socket, Object said) {
    // The bot compares as JavaScript's == does, so it is told what was really said; bytes are nothing that it could compare.
    JsonObject question = Question.of(said instanceof Buffer ? "" : said).toJson();
    vertx.eventBus().<JsonObject>request(Addresses.BOT_CANNED, question, PATIENCE)
        .map(reply -> Answer.from(reply.body()))
        .onSuccess(answer -> socket.emit("servermessage", answer.text()))
        .onFailure(unanswered::warn);
  }
}
