package dev.magpie.store;

import static dev.magpie.testing.Await.await;
import static org.assertj.core.api.Assertions.assertThat;

import io.vertx.core.Vertx;
import io.vertx.core.json.JsonObject;
import io.vertx.ext.mongo.MongoClient;
import io.vertx.junit5.Timeout;
import io.vertx.junit5.VertxExtension;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import java.util.zip.GZIPInputStream;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Files of earlier programs: one from before there was a format number, and the first with one, from before the packages were laid out
 * anew. Each program wrote its file itself: with its seeds, with two messages of the chat in the room {@code r1}, and with one question
 * that the article on bills answered.
 */
@ExtendWith(VertxExtension.class)
@Timeout(value = 60, timeUnit = TimeUnit.SECONDS)
class OlderDataTest {
  private static final String WITHOUT_FORMAT = "data-without-format.mv.db.gz";
  private static final String FORMAT_1 = "data-of-format-1.mv.db.gz";
  private static final String ARTICLE = "5d0a7c3e8f1b2a3c4d5e0046";

  @TempDir Path data;

  private void unpack(String file) throws Exception {
    try (InputStream packed = new GZIPInputStream(OlderDataTest.class.getResourceAsStream(file))) {
      Files.copy(packed, data.resolve("magpie.mv.db"));
    }
  }

  @ParameterizedTest
  @CsvSource({WITHOUT_FORMAT + ",0", FORMAT_1 + ",1"})
  void itsFormatNumberIsThatOfThisProgramAfterOpening(String file, int format) throws Exception {
    unpack(file);
    assertThat(StoreCheck.of(data.resolve("magpie.mv.db")).format()).isEqualTo(format);
    EmbeddedMongo.open(data).close();
    assertThat(StoreCheck.of(data.resolve("magpie.mv.db"))).satisfies(check -> {
      assertThat(check.format()).isEqualTo(StoreFile.FORMAT);
      assertThat(check.isWhole()).isTrue();
    });
  }

  @ParameterizedTest
  @CsvSource({WITHOUT_FORMAT + ",CQsiHvGW", FORMAT_1 + ",k01MlWIi"})
  void itsLogGoesOnWithTheSameEpochAndMessages(String file, String epoch) throws Exception {
    unpack(file);
    EmbeddedMongo mongo = EmbeddedMongo.open(data);
    try (StoreThreads threads = new StoreThreads("test")) {
      EmbeddedEventLog log = await(EmbeddedEventLog.open(mongo, "/chat", "another", threads, System::currentTimeMillis));
      assertThat(log.epoch()).isEqualTo(epoch);
      assertThat(await(log.pageBefore("r1", Long.MAX_VALUE, 100)).events().toString()).contains("hello one", "hello two");
    } finally {
      mongo.close();
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {WITHOUT_FORMAT, FORMAT_1})
  void itsArticlesAndTheirHitsAreRead(String file, Vertx vertx) throws Exception {
    unpack(file);
    EmbeddedMongo mongo = EmbeddedMongo.open(data);
    MongoClient client = MongoClient.create(vertx, new JsonObject().put("connection_string", mongo.connectionString())
        .put("db_name", "koa"));
    try {
      assertThat(await(client.count("article", new JsonObject()))).isEqualTo(100);
      JsonObject id = new JsonObject().put("$oid", ARTICLE);
      assertThat(await(client.findOne("article", new JsonObject().put("_id", id), null)).getLong("hits")).isEqualTo(1);
    } finally {
      await(client.close());
      mongo.close();
    }
  }
}
