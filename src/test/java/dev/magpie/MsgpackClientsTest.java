package dev.magpie;

import dev.magpie.core.IoOptions;
import dev.magpie.protocol.Parser;
import dev.magpie.testing.NodeClientsContract;
import dev.magpie.testing.Rule;
import java.util.stream.Stream;
import org.junit.jupiter.params.provider.Arguments;

/** The official client with its MessagePack parser, and next to it one of version 2, which speaks JSON to the same server. */
@Rule(63)
class MsgpackClientsTest extends NodeClientsContract {
  private final OfficialClientsServer server = new OfficialClientsServer(1, new IoOptions().setParser(Parser.MSGPACK));

  static Stream<Arguments> clients() {
    return Stream.concat(overEachTransport("msgpack"), Stream.of(Arguments.of("2", "upgrade")));
  }

  @Override
  protected int start(int port) throws Exception {
    return server.start(port);
  }

  @Override
  protected void stop() throws Exception {
    server.stop();
  }
}
