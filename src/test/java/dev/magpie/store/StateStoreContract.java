package dev.magpie.store;

import static dev.magpie.testing.Await.await;
import static org.assertj.core.api.Assertions.assertThat;

import dev.magpie.state.StateStore;
import dev.magpie.state.StateStore.Row;
import dev.magpie.state.StateStore.Write;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What every store of room state does. */
abstract class StateStoreContract {
  StateStore store;

  @BeforeEach
  void start() {
    open();
  }

  @AfterEach
  void end() {
    close();
  }

  abstract void open();

  abstract void close();

  static Row row(String room, String key, long version, Object... content) {
    return new Row(room, key, version, "writer", new JsonArray(List.of(content)), 0, 1_000);
  }

  private static Row removed(String room, String key, long version, long at) {
    return new Row(room, key, version, "writer", null, 0, at);
  }

  private boolean write(long replaces, Row row) {
    return await(store.write(List.of(new Write(row, replaces))));
  }

  @Test
  void aRowIsReadAsItWasWritten() {
    Row one = new Row("room", "key", 1, "me",
        new JsonArray(List.of("event", new JsonObject().put("n", 1.5).putNull("none"), Buffer.buffer("bytes"))), 5_000, 1_000);
    assertThat(write(0, one)).isTrue();
    Row found = await(store.read("room")).get(0);
    assertThat(found.content().getBuffer(2)).isEqualTo(Buffer.buffer("bytes"));
    assertThat(found.content().getJsonObject(1)).isEqualTo(new JsonObject().put("n", 1.5).putNull("none"));
    assertThat(new Row(found.room(), found.key(), found.version(), found.writer(), one.content(), found.expiresAt(), found.at()))
        .isEqualTo(one);
  }

  @Test
  void eachRoomHasItsOwnRows() {
    List<String> rooms = List.of("r", "r:", "r:1", "1:r", "", "\0user", "\\0user", "a.b$c");
    long version = 0;
    for (String room : rooms) for (String key : List.of("", "k", "1:k", "\0k")) assertThat(write(0, row(room, key, ++version))).isTrue();
    for (String room : rooms) {
      assertThat(await(store.read(room))).extracting(Row::room).containsOnly(room);
      assertThat(await(store.read(room))).extracting(Row::key).containsExactlyInAnyOrder("", "k", "1:k", "\0k");
    }
    assertThat(await(store.read("other"))).isEmpty();
  }

  @Test
  void aRowIsReplacedOnlyInTheVersionThatTheWriterKnows() {
    write(0, row("r", "k", 1, "one"));
    assertThat(write(0, row("r", "k", 2, "two"))).isFalse();
    assertThat(write(7, row("r", "k", 8, "eight"))).isFalse();
    assertThat(write(5, row("r", "none", 8, "eight"))).isFalse();
    assertThat(await(store.read("r"))).extracting(Row::version).containsExactly(1L);
    assertThat(write(1, row("r", "k", 2, "two"))).isTrue();
    assertThat(await(store.read("r"))).extracting(Row::version).containsExactly(2L);
  }

  @Test
  void ofABatchTheOthersAreWrittenIfOneIsInConflict() {
    write(0, row("r", "a", 1, "one"));
    assertThat(await(store.write(List.of(new Write(row("r", "b", 2), 0), new Write(row("r", "a", 3), 0), new Write(row("r", "c", 4), 0)))))
        .isFalse();
    assertThat(await(store.read("r"))).extracting(row -> row.key() + row.version()).containsExactlyInAnyOrder("a1", "b2", "c4");
  }

  @Test
  void theNewestVersionIsKnown() {
    assertThat(await(store.newest())).isZero();
    await(store.write(List.of(new Write(row("r", "a", 3), 0), new Write(row("s", "b", 2), 0))));
    assertThat(await(store.newest())).isEqualTo(3);
  }

  @Test
  void rowsOfRemovedKeysAndExpiredOnesAreSweptButNotTheNewest() {
    write(0, row("r", "kept", 1));
    write(0, removed("r", "removed", 2, 1_000));
    write(0, removed("r", "removed lately", 3, 3_000));
    write(0, new Row("r", "expired", 4, "w", new JsonArray(), 1_500, 1_000));
    write(0, new Row("r", "to expire", 5, "w", new JsonArray(), 9_000, 1_000));
    write(0, removed("r", "newest", 6, 1_000));
    await(store.sweep(2_000, 6));
    assertThat(await(store.read("r"))).extracting(Row::key).containsExactlyInAnyOrder("kept", "removed lately", "to expire", "newest");
    assertThat(await(store.newest())).isEqualTo(6);
  }

  @Test
  void aRowThatWasSetAgainIsNotSwept() {
    write(0, removed("r", "k", 1, 1_000));
    write(1, row("r", "k", 2, "again"));
    write(0, row("r", "newest", 3));
    await(store.sweep(Long.MAX_VALUE, 3));
    assertThat(await(store.read("r"))).extracting(Row::key).containsExactlyInAnyOrder("k", "newest");
  }
}
