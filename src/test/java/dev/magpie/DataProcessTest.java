package dev.magpie;

import static dev.magpie.testing.Await.await;
import static org.assertj.core.api.Assertions.assertThat;

import dev.magpie.log.LoggedEvent;
import dev.magpie.store.ChatFile;
import dev.magpie.store.ReadOnlyMongo;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonObject;
import io.vertx.ext.mongo.MongoClient;
import java.nio.file.Files;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The commands that look after the data as processes, beside a server that has it open and without one. */
@Timeout(300)
class DataProcessTest extends CommandProcesses {
  private Process server;

  private void startServer() throws Exception {
    Files.writeString(folder.resolve("own.json"),
        "{\"http\":{\"listeners\":[{\"port\":0}]},\"bot\":{\"meaning\":false},\"data\":{\"path\":\"own\"}}");
    server = start("server", "-conf", "own.json");
    url(server);
  }

  @AfterEach
  void end() throws Exception {
    if (server != null) server.destroyForcibly().waitFor();
  }

  private int data(String name, String... words) throws Exception {
    String[] all = new String[words.length + 2];
    all[0] = "data";
    System.arraycopy(words, 0, all, 1, words.length);
    all[words.length + 1] = "-conf=own.json";
    return end(start(name, all));
  }

  @Test
  void besideARunningServerDataIsCheckedAndBackedUpAndNothingElse() throws Exception {
    startServer();
    assertThat(data("check", "check")).as(said("check")).isZero();
    assertThat(out("check")).contains("databases.koa.article: 100\n").containsPattern("whole: \\d+ maps, \\d+ entries, format 1");
    assertThat(data("backup", "backup", "saved.db")).as(said("backup")).isZero();
    assertThat(folder.resolve("saved.db")).isNotEmptyFile();
    for (String refused : new String[] {"repair", "migrate"}) {
      assertThat(data(refused, refused)).as(refused).isIn(1, 2);
      assertThat(said(refused)).as(refused).startsWith("magpie: ").hasLineCount(1).doesNotContain("Exception");
    }
    assertThat(data("restore", "restore", "saved.db")).isEqualTo(2);
    assertThat(said("restore")).startsWith("magpie: ").contains("own").hasLineCount(1).doesNotContain("Exception");
    assertThat(server.isAlive()).isTrue();
  }

  @Test
  void whenTheServerHasEndedItsBackupIsRestoredAndServed() throws Exception {
    startServer();
    assertThat(data("backup", "backup", "saved.db")).as(said("backup")).isZero();
    server.destroy();
    end(server);
    assertThat(data("restore", "restore", "saved.db")).as(said("restore")).isZero();
    assertThat(out("restore")).contains("the former data is kept as ");
    assertThat(data("repair", "repair")).as(said("repair")).isZero();
    assertThat(out("repair")).startsWith("nothing to repair");
    assertThat(data("migrate", "migrate")).isEqualTo(1);
    assertThat(said("migrate")).startsWith("magpie: mongo.connection_string is not set").hasLineCount(1);
    startServer();
    assertThat(out("server")).contains("opened").doesNotContain("ERROR");
  }

  @Test
  void aCompactedFileWithoutItsEndIsRefusedAndRepairedAndServed() throws Exception {
    ChatFile chat = new ChatFile(folder.resolve("own")).writeAndCompact(6_000, 4_000);
    chat.cut(Files.size(chat.file()) / 10);
    repaired(chat, 4_000);
  }

  @Test
  void aCompactedFileWithAMegabyteOfGarbageInItsMiddleIsRefusedAndRepairedAndServed() throws Exception {
    ChatFile chat = new ChatFile(folder.resolve("own")).writeAndCompact(6_000, 4_000);
    chat.garbage(0.5, 1 << 20);
    repaired(chat, 4_000);
  }

  private void repaired(ChatFile chat, int written) throws Exception {
    Files.writeString(folder.resolve("own.json"),
        "{\"http\":{\"listeners\":[{\"port\":0}]},\"bot\":{\"meaning\":false},\"data\":{\"path\":\"own\"}}");
    server = start("refused", "-conf", "own.json");
    assertThat(end(server)).isEqualTo(2);
    assertThat(said("refused")).startsWith("magpie: data ").contains("is damaged").contains("data repair").hasLineCount(1)
        .doesNotContain("Exception");
    assertThat(data("check", "check")).isEqualTo(1);
    assertThat(data("repair", "repair")).as(said("repair")).isZero();
    assertThat(out("repair")).contains("log of /chat: kept ").contains("repaired; the damaged file is kept as ");
    assertThat(data("whole", "check")).as(out("whole")).isZero();
    List<LoggedEvent> kept = chat.messages();
    // A message of 2.8 kB; the largest damage is a tenth of the file.
    assertThat(kept).hasSizeGreaterThan(written * 7 / 10);
    assertThat(kept).allSatisfy(event -> assertThat(event.event().getValue(1)).isEqualTo(ChatFile.text(event.seq())));
    startServer();
    assertThat(out("server")).doesNotContain("ERROR");
  }

  @Test
  void aMongoDbWithDataOfANewerProgramIsRefusedWithOneLine() throws Exception {
    Vertx vertx = Vertx.vertx();
    try (ReadOnlyMongo mongo = new ReadOnlyMongo()) {
      JsonObject config = new JsonObject().put("connection_string", mongo.connectionString()).put("db_name", "koa");
      await(MongoClient.create(vertx, config).insert("magpie_once", new JsonObject("{\"_id\":\"format\",\"format\":99}")));
      Files.writeString(folder.resolve("own.json"), "{\"http\":{\"listeners\":[{\"port\":0}]},\"bot\":{\"meaning\":false},"
          + "\"mongo\":{\"connection_string\":\"" + mongo.connectionString() + "\"}}");
      server = start("server", "-conf", "own.json");
      assertThat(end(server)).as(out("server")).isEqualTo(2);
      assertThat(said("server")).startsWith("magpie: ").contains("was written by a newer Magpie: its format is 99; allowed: up to 1")
          .hasLineCount(1);
      assertThat(mongo.commands()).containsOnly("insert magpie_once", "find magpie_once");
    } finally {
      await(vertx.close());
    }
  }
}
