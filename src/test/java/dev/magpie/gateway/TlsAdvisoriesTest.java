package dev.magpie.gateway;

import static org.assertj.core.api.Assertions.assertThat;

import dev.magpie.testing.RawHttp2;
import dev.magpie.testing.RawWebSocket;
import dev.magpie.testing.TestCertificates;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonObject;
import io.vertx.junit5.VertxExtension;
import java.io.IOException;
import java.net.URI;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/** What was published about servers of TLS and HTTP/2, and is not in {@link Http2Test}. */
@Timeout(120)
@ExtendWith(VertxExtension.class)
class TlsAdvisoriesTest {
  private static final TestCertificates AUTHORITY = new TestCertificates("Test authority");
  private static final int ENHANCE_YOUR_CALM = 11;

  @TempDir
  Path folder;

  private TlsListener listener;
  private URI url;

  @BeforeEach
  void start(Vertx vertx) throws IOException {
    listener = new TlsListener(folder, AUTHORITY);
    AUTHORITY.server("localhost", "127.0.0.1").write(folder, "main");
    url = listener.deploy(vertx, listener.settings(new JsonObject(), new JsonObject().put("port", 0).put("tls", listener.tls("main"))), 1)
        .get(0);
  }

  /** Each stream is reset by the server, which its own bound on resets must count (CVE-2025-55163). */
  @Test
  void streamsThatTheServerHasToResetEndTheConnection() throws Exception {
    try (RawHttp2 client = RawHttp2.open(AUTHORITY.trusting(), url.getPort())) {
      byte[] head = client.request("POST", "/socket.io/?EIO=4&transport=polling&sid=none");
      byte[] nothing = ByteBuffer.allocate(4).putInt(0).array();
      for (int stream = 1; stream < 2_000; stream += 2) {
        client.frame(RawHttp2.HEADERS, RawHttp2.END_HEADERS, stream, head);
        client.frame(RawHttp2.WINDOW_UPDATE, 0, stream, nothing);
      }
      RawHttp2.Frame last = client.await(frame -> frame.type() == RawHttp2.GOAWAY);
      assertThat(last == null || last.error() == ENHANCE_YOUR_CALM).as("closed, or told to calm down").isTrue();
      assertThat(client.await(frame -> false)).as("after the end").isNull();
    }
    othersAreServed();
  }

  /** Its head claims 16 MiB; nothing of that size is made ready for it (CVE-2026-45416). */
  @Test
  void aClientHelloOfSixteenMebibytesEndsTheConnection() throws Exception {
    try (RawWebSocket client = RawWebSocket.tcp(url.getPort())) {
      byte[] record = new byte[5 + 16_384];
      // A record of a handshake, which begins a ClientHello of 0xffffff bytes.
      ByteBuffer.wrap(record).put((byte) 22).putShort((short) 0x0301).putShort((short) 16_384).put((byte) 1).put((byte) 0xff)
          .putShort((short) 0xffff);
      int sent = 0;
      try {
        for (; sent < 16 << 20; sent += record.length) client.send(record);
      } catch (IOException closed) {
        // That is what it is about.
      }
      assertThat(sent).as("the rest lies in the kernels' buffers").isLessThan(12 << 20);
      while (!client.readEnd()) {
        // An alert comes first.
      }
    }
    othersAreServed();
  }

  private void othersAreServed() throws Exception {
    assertThat(TlsListener.get(listener.client(), url.resolve("/health")).statusCode()).isEqualTo(200);
  }
}
