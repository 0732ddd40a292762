package dev.magpie.protocol;

import dev.magpie.Internal;
import io.vertx.core.buffer.Buffer;
import java.util.Optional;

/** Reads one connection's messages as packets; waits in between for the attachments that a packet announced. */
@Internal
public interface PacketDecoder {

  /** @return the packet, or empty while its attachments are outstanding */
  Optional<Packet> text(String text) throws ProtocolException;

  /** @return the packet that this attachment completes, or empty while others are outstanding */
  Optional<Packet> binary(Buffer data) throws ProtocolException;

  /** Whether a packet waits for attachments; the owner gives it a deadline. */
  boolean awaitingAttachments();
}
