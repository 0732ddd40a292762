package dev.magpie.log;

import static dev.magpie.testing.Await.await;
import static org.assertj.core.api.Assertions.assertThat;

import dev.magpie.testing.Await;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonObject;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** What waits for a store that is away. */
class SharedLogTest {
  /** Of this length 16 wait: a sixteenth of the heap, all of them together. */
  private static final String LONG = "x".repeat((int) (Runtime.getRuntime().maxMemory() / 16 / 17));

  private final Vertx vertx = Vertx.vertx();
  private final RecoveryOptions away = RecoveryOptions.DEFAULT.withSettings(
      new JsonObject().put("mongo", new JsonObject().put("connection_string", "mongodb://127.0.0.1:1")));
  private final SharedLog<LoggedEvent> log = SharedLog.of(vertx, new LogOptions("away", away, null, System::currentTimeMillis), "/n",
      Recovery.DURABLE, (event, namespace, origin, offset) -> event);

  @AfterEach
  void close() {
    await(vertx.close());
  }

  @Test
  void largeEventsAreRefusedByTheirBytesLongBeforeTheirNumberAndSmallOnesAreTaken() {
    List<Future<Appended>> appended = new ArrayList<>();
    for (int i = 0; i < 20; i++) appended.add(append(LONG));
    Await.until("four are refused", () -> appended.stream().filter(Future::failed).count() == 4);
    assertThat(appended.subList(0, 16)).noneMatch(Future::isComplete);
    assertThat(appended.get(19).cause()).hasMessage("too many events wait for the log");
    Future<Appended> small = append("small");
    Future<Appended> large = append(LONG);
    Await.until("the last one is refused", large::failed);
    assertThat(small.isComplete()).isFalse();
  }

  private Future<Appended> append(String text) {
    Promise<Appended> done = Promise.promise();
    log.append(LogEntry.toAll().event("said", text), null, done);
    return done.future();
  }
}
