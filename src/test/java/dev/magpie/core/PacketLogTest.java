package dev.magpie.core;

import static dev.magpie.testing.Await.await;
import static dev.magpie.testing.Await.until;
import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.AppenderBase;
import dev.magpie.log.Recovery;
import dev.magpie.testing.EngineWebSocketClient;
import dev.magpie.testing.MountedIo;
import dev.magpie.testing.TestIo;
import dev.magpie.testing.TestIoOptions;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.json.JsonObject;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.slf4j.LoggerFactory;

/** The log of packets at level trace. */
@Timeout(120)
class PacketLogTest {
  private final List<String> lines = new CopyOnWriteArrayList<>();
  private final Logger logger = (Logger) LoggerFactory.getLogger("dev.magpie.packets");
  private final AppenderBase<ILoggingEvent> appender = new AppenderBase<>() {
    @Override
    protected void append(ILoggingEvent event) {
      lines.add(event.getFormattedMessage());
    }
  };
  private MountedIo server;
  private Vertx clients;

  @BeforeEach
  void start() {
    clients = Vertx.vertx();
    logger.setLevel(Level.TRACE);
    logger.setAdditive(false);
    appender.start();
    logger.addAppender(appender);
    server = MountedIo.start(new IoOptions(), io -> {
      io.of("/chat").recoverable(Recovery.MEMORY);
      io.onConnection(socket -> socket.on("auth:refresh", (args, ack) -> ack.send()));
      for (String name : List.of("/", "/chat"))
        io.of(name).onConnection(socket -> socket.on("echo", args -> socket.unreliable().emitArgs("back", args)));
    });
  }

  @AfterEach
  void stop() {
    await(clients.close());
    server.close();
    logger.detachAppender(appender);
    logger.setLevel(null);
    logger.setAdditive(true);
  }

  private TestIo connect(TestIoOptions options) {
    return await(TestIo.connect(clients, options));
  }

  @Test
  void showsDirectionSocketNamespaceAndText() {
    TestIo client = connect(new TestIoOptions(server.port).setNamespace("/chat"));
    client.emit("echo", "hello\nworld");
    await(client.next("back"));
    assertThat(lines).contains(
        "packet in socket=" + client.id() + " namespace=/chat 2/chat,[\"echo\",\"hello\\nworld\"]");
    assertThat(lines).anyMatch(line -> line.startsWith("packet out socket=" + client.id() + " namespace=/chat 2/chat,[\"back\",\"hello"));
  }

  @Test
  void showsBinaryDataByItsSizeAndLongTextByItsBeginning() {
    TestIo client = connect(new TestIoOptions(server.port));
    client.emit("echo", Buffer.buffer(new byte[1234]));
    await(client.next("back"));
    client.emit("echo", "y".repeat(10_000));
    await(client.next("back"));
    assertThat(lines).contains("packet in <1234 bytes>");
    assertThat(lines).anyMatch(line -> line.startsWith("packet out") && line.endsWith("] <1234 bytes>"));
    assertThat(lines).allMatch(line -> line.length() < 700);
    assertThat(lines).anyMatch(line -> line.matches("packet in .*yyy… \\d+ characters"));
  }

  @Test
  void hidesMembersThatAreNamedLikeSecretsAlsoWhereTheTextIsCut() {
    TestIo client = connect(new TestIoOptions(server.port));
    client.emit("echo", new JsonObject().put("name", "ann").put("token", "s3cret \" s3cret").put("age", 7));
    await(client.next("back"));
    client.emit("echo", new JsonObject().put("Password", "s3cret".repeat(1_000)));
    await(client.next("back"));
    assertThat(lines).noneMatch(line -> line.contains("s3cret"));
    assertThat(lines).anyMatch(line -> line.endsWith("[\"echo\",{\"name\":\"ann\",\"token\":\"<hidden>\",\"age\":7}]"));
    assertThat(lines).anyMatch(line -> line.matches("packet in .*\\{\"Password\":\"<hidden>\"… \\d+ characters"));
  }

  @Test
  void showsNoSecretOfTheAuthAndOfTheSession() {
    TestIo client = connect(new TestIoOptions(server.port).setNamespace("/chat").setAuth(new JsonObject().put("token", "s3cret")));
    client.emit("echo", 1);
    await(client.next("back"));
    try (EngineWebSocketClient plain = EngineWebSocketClient.connect(server.port, "/ws?ns=/chat",
        Map.of("Sec-WebSocket-Protocol", "magpie.v1"))) {
      plain.send("{\"auth\":{\"token\":\"s3cret\"}}");
      String pid = new JsonObject(plain.expectStart("{\"open\":")).getJsonObject("open").getString("pid");
      plain.send("{\"event\":\"echo\",\"args\":[1]}");
      plain.expectStart("{\"event\":\"back\"");
      assertThat(pid).isNotBlank();
      assertThat(lines).noneMatch(line -> line.contains(pid));
    }
    assertThat(lines).noneMatch(line -> line.contains("s3cret") || line.contains("\"pid\""));
    assertThat(lines).filteredOn(line -> line.contains("joins the namespace")).hasSize(4);
    assertThat(lines).anyMatch(line -> line.startsWith("packet in socket=- namespace=/chat <joins the namespace, "));
  }

  @Test
  void isSilentForAConnectionThatOpenedWhileItWasOff() {
    logger.setLevel(Level.DEBUG);
    TestIo client = connect(new TestIoOptions(server.port));
    logger.setLevel(Level.TRACE);
    client.emit("echo", 1);
    await(client.next("back"));
    assertThat(lines).isEmpty();
    TestIo later = connect(new TestIoOptions(server.port));
    until("it is on for another", () -> !lines.isEmpty());
    await(later.barrier());
  }

  @Test
  void hidesANewToken() {
    TestIo client = connect(new TestIoOptions(server.port));
    await(client.emitWithAck("auth:refresh", new JsonObject().put("token", "a-secret-token")));
    assertThat(lines).anyMatch(line -> line.startsWith("packet in socket=" + client.id() + " namespace=/ <a new token, "));
    assertThat(lines).noneMatch(line -> line.contains("a-secret-token"));
  }
}
