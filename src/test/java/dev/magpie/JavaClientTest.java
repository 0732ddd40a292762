package dev.magpie;

import static org.assertj.core.api.Assertions.assertThat;

import dev.magpie.core.IoOptions;
import dev.magpie.testing.Rule;
import io.socket.client.Ack;
import io.socket.client.IO;
import io.socket.client.Socket;
import java.util.Arrays;
import java.util.Map;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.json.JSONArray;
import org.json.JSONObject;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** What the official Java client sees of a server with one event loop and with four, over each transport. */
class JavaClientTest {
  private static final String CASES = "{0} loops, {1}";

  private OfficialClientsServer server;
  private Socket socket;

  static Stream<Arguments> cases() {
    return Stream.of(1, 4).flatMap(loops -> Stream.of("polling", "websocket",
        "polling,websocket").map(transports -> Arguments.of(loops, transports)));
  }

  @AfterEach
  void stop() throws Exception {
    if (socket != null) socket.disconnect();
    if (server != null) server.stop();
  }

  @ParameterizedTest(name = CASES)
  @MethodSource("cases")
  void talksTextAndNestedBinary(int loops, String transports) throws Exception {
    connect(start(loops, 0), "/", transports);
    BlockingQueue<Object[]> back = heard(socket, "message-back");

    socket.emit("message", 1, "套餐 😀", new JSONObject().put("a", new JSONArray().put(true).put(1.5)));
    Object[] text = back.poll(20, TimeUnit.SECONDS);
    assertThat(text[0]).isEqualTo(1);
    assertThat(text[1]).isEqualTo("套餐 😀");
    assertThat(text[2]).hasToString("{\"a\":[true,1.5]}");

    socket.emit("message", new JSONObject().put("file", new byte[] {0, 1, -1}).put("deep", new JSONArray().put(new byte[] {2})));
    JSONObject binary = (JSONObject) back.poll(20, TimeUnit.SECONDS)[0];
    assertThat((byte[]) binary.get("file")).containsExactly(0, 1, -1);
    assertThat((byte[]) binary.getJSONArray("deep").get(0)).containsExactly(2);
  }

  @ParameterizedTest(name = CASES)
  @MethodSource("cases")
  @Rule({48, 49})
  void acknowledgesInBothDirections(int loops, String transports) throws Exception {
    connect(start(loops, 0), "/", transports);
    CompletableFuture<Object[]> acknowledged = new CompletableFuture<>();
    socket.emit("message-with-ack", new Object[] {"a", 2}, (Ack) acknowledged::complete);
    assertThat(acknowledged.get(20, TimeUnit.SECONDS)).containsExactly("a", 2);

    BlockingQueue<Object[]> said = heard(socket, "client-said");
    socket.on("question", args -> ((Ack) args[args.length - 1]).call("the answer to " + args[0]));
    socket.emit("ask-client", "life");
    assertThat(said.poll(20, TimeUnit.SECONDS)).containsExactly("the answer to life");
  }

  @ParameterizedTest(name = CASES)
  @MethodSource("cases")
  @Rule(45)
  void joinsTwoNamespacesOverOneConnection(int loops, String transports) throws Exception {
    int port = start(loops, 0);
    connect(port, "/", transports);
    Socket custom = socket.io().socket("/custom", IO.Options.builder().setAuth(Map.of("token", "123")).build());
    BlockingQueue<Object[]> auth = heard(custom, "auth");
    custom.connect();
    assertThat(auth.poll(20, TimeUnit.SECONDS)[0]).hasToString("{\"token\":\"123\"}");

    BlockingQueue<Object[]> back = heard(custom, "message-back");
    custom.emit("message", "over there");
    assertThat(back.poll(20, TimeUnit.SECONDS)).containsExactly("over there");
    custom.disconnect();
    assertThat(socket.connected()).isTrue();
  }

  @ParameterizedTest(name = CASES)
  @MethodSource("cases")
  @Rule(36)
  void comesBackByItselfAfterTheServerWasStartedAnew(int loops, String transports) throws Exception {
    // This client does not look at a WebSocket's close frame; it notices by the pings that stay away.
    server = new OfficialClientsServer(loops, new IoOptions().setPingInterval(1_000).setPingTimeout(1_000));
    int port = server.start(0);
    connect(port, "/", transports);
    BlockingQueue<Object[]> connected = heard(socket, Socket.EVENT_CONNECT);
    BlockingQueue<Object[]> disconnected = heard(socket, Socket.EVENT_DISCONNECT);
    server.stop();
    assertThat(disconnected.poll(30, TimeUnit.SECONDS)).as("not a DISCONNECT packet, after which it would stay away").isNotNull()
        .doesNotContain("io server disconnect");
    server.start(port);
    assertThat(connected.poll(30, TimeUnit.SECONDS)).isNotNull();
  }

  private int start(int loops, int port) throws Exception {
    server = new OfficialClientsServer(loops);
    return server.start(port);
  }

  private void connect(int port, String namespace, String transports) throws Exception {
    IO.Options options = IO.Options.builder()
        .setForceNew(true)
        .setTransports(transports.split(","))
        .setReconnectionDelay(100)
        .setReconnectionDelayMax(500)
        .build();
    socket = IO.socket("http://127.0.0.1:" + port + namespace, options);
    BlockingQueue<Object[]> connected = heard(socket, Socket.EVENT_CONNECT);
    socket.connect();
    assertThat(connected.poll(20, TimeUnit.SECONDS)).as("connected over " + Arrays.toString(options.transports)).isNotNull();
  }

  private static BlockingQueue<Object[]> heard(Socket socket, String event) {
    BlockingQueue<Object[]> heard = new LinkedBlockingQueue<>();
    socket.on(event, heard::add);
    return heard;
  }
}
