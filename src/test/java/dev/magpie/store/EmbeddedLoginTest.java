package dev.magpie.store;

import static dev.magpie.testing.Await.await;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonObject;
import io.vertx.ext.mongo.MongoClient;
import java.io.DataInputStream;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Who may reach the embedded database, by its port and by its files. */
@Timeout(60)
class EmbeddedLoginTest {
  @TempDir Path folder;
  private Vertx vertx;
  private EmbeddedMongo mongo;
  private Path data;

  @BeforeEach
  void start() throws Exception {
    vertx = Vertx.vertx();
    data = folder.resolve("data");
    mongo = EmbeddedMongo.open(data);
    MongoClient owner = client(mongo.connectionString());
    await(owner.insert("article", new JsonObject().put("_id", "a").put("title", "套餐")));
    await(owner.close());
  }

  @AfterEach
  void stop() throws Exception {
    mongo.close();
    await(vertx.close());
  }

  @ParameterizedTest
  @ValueSource(strings = {"mongodb://127.0.0.1:%d/?", "mongodb://magpie:guess@127.0.0.1:%d/?authMechanism=PLAIN&",
      "mongodb://magpie:guess@127.0.0.1:%d/?authMechanism=SCRAM-SHA-256&"})
  void aClientWithoutTheSecretReadsAndWritesNothing(String address) throws Exception {
    long version = mongo.mvStore().getCurrentVersion();
    MongoClient stranger = client(address.formatted(mongo.port()) + "serverSelectionTimeoutMS=2000");
    for (Future<?> asked : List.of(
        stranger.find("article", new JsonObject()),
        stranger.insert("article", new JsonObject().put("_id", "b")),
        stranger.removeDocuments("article", new JsonObject()),
        stranger.dropCollection("article"),
        stranger.runCommand("listCollections", new JsonObject().put("listCollections", 1)),
        stranger.runCommand("ping", new JsonObject().put("ping", 1)))) {
      assertThatThrownBy(() -> await(asked));
    }
    await(stranger.close());
    assertThat(mongo.mvStore().hasUnsavedChanges()).isFalse();
    assertThat(mongo.mvStore().getCurrentVersion()).isEqualTo(version);
  }

  @ParameterizedTest
  @ValueSource(strings = {"dropDatabase", "hello"})
  void aCommandBeforeTheLoginClosesTheConnectionAndMakesNoDatabase(String command) throws Exception {
    try (Socket socket = new Socket("127.0.0.1", mongo.port())) {
      socket.getOutputStream().write(message(command, "new"));
      byte[] answer = socket.getInputStream().readAllBytes();
      assertThat(new String(answer, StandardCharsets.UTF_8)).contains("Unauthorized");
    }
    assertThat(mongo.mvStore().getMapNames()).noneMatch(name -> name.startsWith("databases.new"));
  }

  @Test
  void aLongMessageBeforeTheLoginIsNotWaitedFor() throws Exception {
    try (Socket socket = new Socket("127.0.0.1", mongo.port())) {
      socket.getOutputStream()
          .write(ByteBuffer.allocate(16).order(ByteOrder.LITTLE_ENDIAN).putInt(40 << 20).putInt(1).putInt(0).putInt(2013).array());
      assertThat(new DataInputStream(socket.getInputStream()).read()).isEqualTo(-1);
    }
  }

  @Test
  void anotherPartOfTheSameUserReachesItThroughTheFilesBesideIt() throws Exception {
    MongoClient client = client(EmbeddedMongo.connectionStringOf(data).orElseThrow());
    assertThat(await(client.find("article", new JsonObject()))).hasSize(1);
    await(client.close());
  }

  @Test
  void theSecretIsAnotherOneAfterEachStart() throws Exception {
    String before = Files.readString(data.resolve("mongo.secret"));
    mongo.close();
    assertThat(data.resolve("mongo.secret")).doesNotExist();
    mongo = EmbeddedMongo.open(data);
    assertThat(Files.readString(data.resolve("mongo.secret"))).isNotEqualTo(before).hasSizeGreaterThan(40);
  }

  @Test
  void theFolderIsClosedToOthersAndSoIsEachFile() throws Exception {
    assertThat(mode(data)).isEqualTo("rwx------");
    for (String file : List.of("magpie.mv.db", "lock", "mongo.port", "mongo.secret"))
      assertThat(mode(data.resolve(file))).as(file).isEqualTo("rw-------");
  }

  @Test
  void aFolderThatOthersMayReadIsClosedAtTheNextStart() throws Exception {
    mongo.close();
    Files.setPosixFilePermissions(data, PosixFilePermissions.fromString("rwxr-xr-x"));
    Files.setPosixFilePermissions(data.resolve("magpie.mv.db"), PosixFilePermissions.fromString("rw-r--r--"));
    mongo = EmbeddedMongo.open(data);
    theFolderIsClosedToOthersAndSoIsEachFile();
  }

  private static String mode(Path path) throws Exception {
    return PosixFilePermissions.toString(Files.getPosixFilePermissions(path));
  }

  /** OP_MSG with the body {@code {<command>: 1, $db: <database>}}. */
  private static byte[] message(String command, String database) {
    ByteBuffer body = ByteBuffer.allocate(200).order(ByteOrder.LITTLE_ENDIAN);
    body.putInt(0).put((byte) 0x10).put(command.getBytes(StandardCharsets.UTF_8)).put((byte) 0).putInt(1);
    body.put((byte) 2).put("$db\0".getBytes(StandardCharsets.UTF_8)).putInt(database.length() + 1)
        .put((database + "\0").getBytes(StandardCharsets.UTF_8)).put((byte) 0);
    int length = body.position();
    body.putInt(0, length);
    return ByteBuffer.allocate(21 + length).order(ByteOrder.LITTLE_ENDIAN).putInt(21 + length).putInt(7).putInt(0).putInt(2013).putInt(0)
        .put((byte) 0).put(body.array(), 0, length).array();
  }

  private MongoClient client(String address) {
    return MongoClient.create(vertx, new JsonObject().put("connection_string", address).put("db_name", "koa"));
  }
}
