package dev.magpie.core;

import static dev.magpie.testing.Await.await;
import static org.assertj.core.api.Assertions.assertThat;

import dev.magpie.log.Appended;
import dev.magpie.log.LogEntry;
import dev.magpie.log.LoggedEvent;
import dev.magpie.log.Recovery;
import dev.magpie.log.RecoveryOptions;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.VerticleBase;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonObject;
import io.vertx.ext.web.Router;
import java.nio.file.Path;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What a namespace's log lets go of by itself: too much, too old, and never by a clock that jumped. */
@Timeout(60)
class LogRetentionTest {
  private static final long DAY = 86_400_000;

  @TempDir Path folder;

  @Test
  void aStartWithTheClockAMonthAheadErasesNothing() throws Exception {
    run(0, options -> options, log -> await(log.append(said("kept"))));
    run(31 * DAY, options -> options, log -> {});
    run(0, options -> options, log -> assertThat(await(log.before("r", Long.MAX_VALUE, 10)).events()).hasSize(1));
  }

  @Test
  void theOperatorMaySayThatTheClockIsRight() throws Exception {
    run(0, options -> options, log -> {
      await(log.append(said("old")));
      await(log.append(said("newest")));
    });
    run(31 * DAY, options -> options.withAcceptClockJump(true), log ->
        // The newest one stays: its number must not be given again.
        assertThat(await(log.before("r", Long.MAX_VALUE, 10)).events()).extracting(LoggedEvent::seq).containsExactly(2L));
  }

  @Test
  void aFloodIsCutDownToItsBytesWithoutWaitingForTheNextSweep() throws Exception {
    run(0, options -> options.withMaxBytes(100_000), log -> {
      for (int i = 0; i < 300; i++) log.append(said("x".repeat(9_900)));
      Appended last = await(log.append(said("last")));
      long first = 1;
      // One that goes while the page is read is left out of it.
      while (first < last.seq() - 20) for (LoggedEvent oldest : await(log.after("r", 0, 1)).events()) first = oldest.seq();
      assertThat(await(log.before("r", Long.MAX_VALUE, 1)).events()).extracting(LoggedEvent::seq).containsExactly(last.seq());
    });
  }

  private interface Use {
    void of(NamespaceLog log) throws Exception;
  }

  /** A durable namespace on the same folder, in a program whose clock is so far ahead; returns after its first look at what is to go. */
  private void run(long ahead, UnaryOperator<RecoveryOptions> how, Use use) throws Exception {
    Vertx vertx = Vertx.vertx();
    try {
      RecoveryOptions options = how.apply(RecoveryOptions.DEFAULT.withSettings(new JsonObject()
          .put("data", new JsonObject().put("path", folder.toString()))));
      Server server = new Server(options, ahead);
      await(vertx.deployVerticle(server));
      NamespaceLog log = server.io.of("/x").log();
      await(log.head());
      await(server.trimmed());
      use.of(log);
    } finally {
      await(vertx.close());
    }
  }

  private static LogEntry said(String text) {
    return LogEntry.to("r").event("message", text);
  }

  private static final class Server extends VerticleBase {
    private final RecoveryOptions options;
    private final long ahead;
    private Io io;

    private Server(RecoveryOptions options, long ahead) {
      this.options = options;
      this.ahead = ahead;
    }

    @Override
    public Future<?> start() {
      io = Io.create(vertx, new IoOptions().setRecovery(options).setClock(() -> System.currentTimeMillis() + ahead))
          .mount(Router.router(vertx), "/socket.io");
      io.of("/x").recoverable(Recovery.DURABLE);
      return io.ready();
    }

    private Future<Void> trimmed() {
      Promise<Void> trimmed = Promise.promise();
      io.of("/x").recovery().trimmed().onComplete(trimmed);
      return trimmed.future();
    }
  }
}
