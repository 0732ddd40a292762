package dev.magpie.protocol;

import dev.magpie.Internal;
import io.vertx.core.buffer.Buffer;
import java.util.List;

/**
 * A packet in its wire format: a text (null when the packet is one binary message) and the attachments that follow it directly. With
 * neither, the wire format does not have this packet, and nothing is sent.
 */
@Internal
public record EncodedPacket(String text, List<Buffer> attachments) {
  static final EncodedPacket NOTHING = new EncodedPacket(null, List.of());

  public EncodedPacket {
    attachments = List.copyOf(attachments);
  }

  static EncodedPacket text(String text) {
    return new EncodedPacket(text, List.of());
  }

  /** Whether there is nothing to send. */
  public boolean isEmpty() {
    return text == null && attachments.isEmpty();
  }
}
