package dev.magpie.protocol;

import dev.magpie.Internal;
import io.vertx.core.buffer.Buffer;
import java.util.Optional;

/** Decodes the messages of one connection, with state: a packet is complete when its attachments have arrived. Used on one context. */
@Internal
public interface PacketDecoder {

  /** @return the packet, or empty while its attachments are outstanding */
  Optional<Packet> text(String text) throws ProtocolException;

  /** @return the packet that this attachment completes, or empty while others are outstanding */
  Optional<Packet> binary(Buffer data) throws ProtocolException;

  /** Whether a packet waits for attachments; the caller limits the time. */
  boolean awaitingAttachments();
}
