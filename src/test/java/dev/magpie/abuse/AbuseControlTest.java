package dev.magpie.abuse;

import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.magpie.core.Counters.Count;
import dev.magpie.core.Io;
import dev.magpie.core.IoOptions;
import dev.magpie.transport.Deadline;
import dev.magpie.transport.Deadlines;
import io.vertx.core.Future;
import io.vertx.core.VerticleBase;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonObject;
import io.vertx.ext.web.Router;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/** The checker of the catalogue is checked: with a guard switched off it fails. */
class AbuseControlTest {
  /** What is wrong here does not come right, so that no time has to be given to it. */
  private static final long IMPATIENT_MS = 1_000;

  private static final Row JOINS_AND_GOES = Row.of("-", "a client that joins and goes", Abuser::joined);

  @Test
  void seesThatADepthIsNotGuarded() throws Exception {
    try (Subject unguarded = Subject.gateway(new JsonObject().put("limits", new JsonObject().put("max_depth", 10_000)))) {
      // The connection is not closed, so the row waits for the close in vain.
      Row row = Row.of("51", "JSON 1,001 deep", abuser -> {
        var client = abuser.joined();
        client.socket().setSoTimeout(500);
        client.sendText("42[\"a\"," + "[".repeat(1_001) + "]".repeat(1_001) + "]");
        abuser.closes(client, 1008);
      });
      assertThatThrownBy(() -> row.check(unguarded, IMPATIENT_MS)).hasMessageContaining("timed out");
    }
    try (Subject guarded = Subject.gateway(new JsonObject())) {
      assertThatCode(() -> PacketRows.depth().check(guarded)).doesNotThrowAnyException();
    }
  }

  @Test
  void seesADeadlineThatIsNotCancelled() throws Exception {
    try (Subject leaking = leaking(true, false)) {
      assertThatThrownBy(() -> JOINS_AND_GOES.check(leaking, IMPATIENT_MS)).isInstanceOf(AssertionError.class).hasMessageContaining("deadlines");
    }
  }

  @Test
  void seesARoomThatIsNotLeft() throws Exception {
    try (Subject leaking = leaking(false, true)) {
      assertThatThrownBy(() -> JOINS_AND_GOES.check(leaking, IMPATIENT_MS)).isInstanceOf(AssertionError.class).hasMessageContaining("rooms");
    }
  }

  @Test
  void findsNothingInAServerThatKeepsNothing() throws Exception {
    try (Subject clean = leaking(false, false)) {
      assertThatCode(() -> JOINS_AND_GOES.check(clean)).doesNotThrowAnyException();
    }
  }

  @Test
  void seesThatTheLogSaysNothing() throws Exception {
    Row row = Row.of("-", "a client that joins and goes", "nothing says this", Abuser::joined);
    try (Subject clean = leaking(false, false)) {
      assertThatThrownBy(() -> row.check(clean, IMPATIENT_MS)).isInstanceOf(AssertionError.class).hasMessageContaining("1 lines in the log");
    }
  }

  /** A server of Magpie's parts whose application forgets, if told so, what it made for a client that goes. */
  private static Subject leaking(boolean deadlines, boolean rooms) throws Exception {
    Vertx vertx = Subject.vertx();
    Forgetful forgetful = new Forgetful(deadlines, rooms);
    Subject.done(vertx.deployVerticle(forgetful));
    return new Subject(vertx, forgetful.port, forgetful::held);
  }

  private static final class Forgetful extends VerticleBase {
    private final boolean leaksDeadlines;
    private final boolean leaksRooms;
    private final Deadlines wheel = new Deadlines(System::nanoTime);
    private Io io;
    private volatile long rooms;
    private volatile int port;

    Forgetful(boolean leaksDeadlines, boolean leaksRooms) {
      this.leaksDeadlines = leaksDeadlines;
      this.leaksRooms = leaksRooms;
    }

    @Override
    public Future<?> start() {
      io = Io.create(vertx, new IoOptions(), wheel);
      vertx.setPeriodic(50, tick -> wheel.tick());
      io.onConnection(socket -> {
        if (leaksDeadlines) wheel.schedule(new Forgotten(), TimeUnit.MINUTES.toNanos(1));
        if (leaksRooms) rooms++;
      });
      Router router = Router.router(vertx);
      io.mount(router, "/socket.io");
      return vertx.createHttpServer().requestHandler(router).listen(0, "127.0.0.1").onSuccess(server -> port = server.actualPort());
    }

    Map<String, Long> held() {
      return Map.of(
          "connections", io.counters().get(Count.CONNECTIONS),
          "sockets", io.counters().get(Count.SOCKETS),
          "rooms", io.counters().get(Count.ROOMS) + rooms,
          "sessions", (long) io.sessions(),
          "deadlines", (long) wheel.size());
    }
  }

  private static final class Forgotten extends Deadline {
    @Override
    protected void due() {}
  }
}
