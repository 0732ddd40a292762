package dev.magpie.tutorial;

import dev.magpie.core.Application;
import dev.magpie.core.ApplicationContext;
import dev.magpie.core.ClientError;
import dev.magpie.core.Namespace;
import dev.magpie.core.PresenceOptions;
import dev.magpie.core.Retained;
import dev.magpie.state.RetainedValue;
import dev.magpie.state.VersionConflict;
import io.vertx.core.Future;
import io.vertx.core.json.JsonObject;
import java.util.List;

/**
 * A score board on namespace {@code /scores}. Shows retained values and presence: {@code goal {match, side}} counts a goal, {@code reset
 * {match}} removes a match; everybody, also who comes later, gets {@code score {match, home, away}} of each match that was played. Two
 * goals at the same moment both count, by compare-and-set.
 */
public final class ExampleScores implements Application {
  private static final String ROOM = "scores";
  private static final List<String> MATCHES = List.of("1", "2", "3");
  private static final List<String> SIDES = List.of("home", "away");
  private static final int MOST_GOALS = 99;

  /** Whose connection was lost counts for so long. */
  private static final long GRACE_MILLIS = 2_000;

  /** Attempts of one goal while others count theirs. */
  private static final int MOST_TRIES = 50;

  @Override
  public String name() {
    return "example-scores";
  }

  @Override
  public void mount(ApplicationContext context) {
    Namespace scores = context.io().of("/scores").presence(new PresenceOptions().setGrace(GRACE_MILLIS));
    scores.onConnection(socket -> {
      socket.onAck("goal", Goal.class, goal -> count(scores, goal, MOST_TRIES).map(ExampleScores::ok));
      socket.onAck("reset", Reset.class, reset -> scores.to(ROOM).retain(reset.match()).remove().map(removed -> ok(0)));
      socket.join(ROOM);
    });
  }

  record Goal(String match, String side) {
    Goal {
      requireOneOf(MATCHES, "match", match);
      requireOneOf(SIDES, "side", side);
    }
  }

  record Reset(String match) {
    Reset {
      requireOneOf(MATCHES, "match", match);
    }
  }

  private static void requireOneOf(List<String> allowed, String name, String value) {
    if (value == null || !allowed.contains(value)) throw new ClientError(name + ": one of " + String.join(", ", allowed));
  }

  private static Future<Long> count(Namespace scores, Goal goal, int tries) {
    Retained match = scores.to(ROOM).retain(goal.match());
    return match.get().compose(kept -> {
      JsonObject score = kept.map(ExampleScores::score).orElse(new JsonObject().put("match", goal.match()).put("home", 0).put("away", 0));
      score.put(goal.side(), Math.min(MOST_GOALS, score.getInteger(goal.side()) + 1));
      return match.ifVersion(kept.map(RetainedValue::version).orElse(0L)).emit("score", score);
    }).recover(failure -> failure instanceof VersionConflict && tries > 1 ? count(scores, goal, tries - 1) : Future.failedFuture(failure));
  }

  private static JsonObject score(RetainedValue kept) {
    return kept.args().getJsonObject(0).copy();
  }

  private static JsonObject ok(long version) {
    return new JsonObject().put("ok", true).put("version", version);
  }
}
