package dev.magpie.tutorial;

import static org.assertj.core.api.Assertions.assertThat;

import dev.magpie.testing.RawWebSocket;
import java.io.IOException;

/** One of the tutorial's pages as the wire sees it: shows each frame that comes as it came. Used by one thread. */
final class Page implements AutoCloseable {
  private final RawWebSocket socket;
  private int barriers;

  private Page(RawWebSocket socket) {
    this.socket = socket;
  }

  /** @param query of the page's address, as the official client passes it on */
  static Page open(int port, String query) throws IOException {
    Page page = new Page(RawWebSocket.connect(port, "/socket.io/?EIO=4&transport=websocket" + (query.isEmpty() ? "" : "&" + query)));
    assertThat(page.hear()).startsWith("0{");
    page.say("40");
    assertThat(page.hear()).startsWith("40{");
    return page;
  }

  Page say(String frame) throws IOException {
    socket.sendText(frame);
    return this;
  }

  String hear() throws IOException {
    return socket.readFrame().text();
  }

  /** The server has handled all that was said, and nothing has come. */
  Page hearsNothing() throws IOException {
    String nowhere = "/?" + ++barriers;
    say("40" + nowhere + ",");
    assertThat(hear()).startsWith("44" + nowhere);
    return this;
  }

  @Override
  public void close() throws IOException {
    socket.close();
  }
}
