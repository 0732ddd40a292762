package dev.magpie.protocol;

import io.vertx.core.buffer.Buffer;
import java.util.List;

/** A packet as its wire format writes it: a text (null when the packet is one binary message) and the attachments that follow it directly. */
public record EncodedPacket(String text, List<Buffer> attachments) {
  public EncodedPacket {
    attachments = List.copyOf(attachments);
  }
}
