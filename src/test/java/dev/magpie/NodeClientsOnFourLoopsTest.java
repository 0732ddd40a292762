package dev.magpie;

import dev.magpie.testing.NodeClientsContract;

class NodeClientsOnFourLoopsTest extends NodeClientsContract {
  private final OfficialClientsServer server = new OfficialClientsServer(4);

  @Override
  protected int start(int port) throws Exception {
    return server.start(port);
  }

  @Override
  protected void stop() throws Exception {
    server.stop();
  }
}
