package dev.magpie.testing;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * What the official clients for Node see of a server, over each transport. The server has the namespaces {@code /} and {@code /custom}: on
 * connection it emits {@code auth} with the handshake's auth; {@code message} answers {@code message-back} with the same arguments; {@code
 * message-with-ack} acknowledges with the same arguments; {@code upload} is parsed as a record of number, bytes, date and parts with bytes,
 * which is emitted as {@code record} by the socket, by a broadcast and over the event bus, and acknowledged; {@code ask-client} makes it
 * emit {@code question} with an acknowledgement, whose arguments it emits as {@code client-said}. Clients of version 2 are allowed.
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
public abstract class NodeClientsContract {
  private int port;

  /**
   * Starts the server on 127.0.0.1.
   *
   * @param port 0 for a free one
   * @return the port that it listens on
   */
  protected abstract int start(int port) throws Exception;

  /** Stops it, closing its connections as a shutdown does; {@link #start} may follow. */
  protected abstract void stop() throws Exception;

  @BeforeAll
  void startServer() throws Exception {
    NodeClients.install();
    port = start(0);
  }

  @AfterAll
  void stopServer() throws Exception {
    stop();
  }

  static Stream<Arguments> clients() {
    return Stream.of("4", "2").flatMap(NodeClientsContract::overEachTransport);
  }

  protected static Stream<Arguments> overEachTransport(String client) {
    return Stream.of("polling", "websocket", "upgrade").map(transport -> Arguments.of(client, transport));
  }

  private static final String CLIENTS = "socket.io-client {0} over {1}";

  @ParameterizedTest(name = CLIENTS)
  @MethodSource("clients")
  @Rule({26, 40, 57})
  void talksText(String client, String transport) throws Exception {
    expect(run(client, transport, "text"), client, transport,
        "message-back [1,\"套餐 😀 \\u001E\",{\"a\":[null,true,1.5,\"\"]}]",
        "message-back []",
        "in order true");
  }

  @ParameterizedTest(name = CLIENTS)
  @MethodSource("clients")
  @Rule({17, 52, 53})
  void talksBinaryAtAnyDepth(String client, String transport) throws Exception {
    expect(run(client, transport, "binary"), client, transport,
        "message-back [{\"bytes\":\"0001ff\"}]",
        "message-back [{\"file\":{\"bytes\":\"61\"},\"list\":[1,{\"bytes\":\"6263\"},{\"deep\":{\"bytes\":\"\"}}]},\"end\"]",
        "big true");
  }

  @ParameterizedTest(name = CLIENTS)
  @MethodSource("clients")
  @Rule(48)
  void acknowledgesInBothDirections(String client, String transport) throws Exception {
    expect(run(client, transport, "acks"), client, transport,
        "acknowledged [1,\"2\",{\"three\":[3]}]",
        "acknowledged []",
        "acknowledged [{\"bytes\":\"010203\"}]",
        "client-said [\"answer\",{\"n\":42},{\"bytes\":\"07\"}]");
  }

  @ParameterizedTest(name = CLIENTS)
  @MethodSource("clients")
  void getsTheBytesOfARecordAsAttachments(String client, String transport) throws Exception {
    String record = " {\"number\":7,\"data\":{\"bytes\":\"0102\"},\"day\":\"2026-11-27\",\"parts\":[{\"data\":{\"bytes\":\"03\"}}]}";
    expect(run(client, transport, "records"), client, transport, "acknowledged" + record, "socket" + record, "broadcast" + record,
        "bus" + record);
  }

  @ParameterizedTest(name = CLIENTS)
  @MethodSource("clients")
  @Rule({45, 47})
  void joinsTwoNamespacesOnOneConnection(String client, String transport) throws Exception {
    expect(run(client, transport, "namespaces"), client, transport,
        "auth {\"token\":\"y\"}",
        "one connection true",
        "different ids true",
        "message-back [\"to main\"]",
        "message-back [\"to custom\"]",
        "message-back [\"main lives on\"]",
        "disconnect \"io client disconnect\"");
  }

  @ParameterizedTest(name = CLIENTS)
  @MethodSource("clients")
  @Rule(36)
  void comesBackByItselfAfterARestart(String client, String transport) throws Exception {
    List<String> facts = NodeClients.run(port, client, transport, "reconnect", () -> {
      stop();
      start(port);
    });
    expect(facts, client, transport, "ready", "comes back by itself true", "message-back [\"after the restart\"]");
  }

  private List<String> run(String client, String transport, String scenario) throws Exception {
    return NodeClients.run(port, client, transport, scenario, () -> {});
  }

  private static void expect(List<String> facts, String client, String transport, String... scenarios) {
    List<String> expected = new ArrayList<>();
    // Version 2 has no auth: the main namespace's query is that of the handshake.
    expected.add(!client.equals("2") ? "auth {\"token\":\"x\"}" : "auth {}");
    expected.add("transport " + (transport.equals("polling") ? "\"polling\"" : "\"websocket\""));
    expected.addAll(List.of(scenarios));
    assertThat(facts).containsExactlyElementsOf(expected);
  }
}
