package dev.magpie.protocol;

import dev.magpie.Internal;

/**
 * How packets are written to and read from one kind of client. Stateless; what a connection must remember is in its {@link PacketDecoder}.
 */
@Internal
public interface WireFormat {

  /** As many slots as there are different encodings of one event; see {@link #slot()}. */
  int SLOTS = 3;

  /**
   * The packet's bytes. Data may be any JSON value, binary at any depth, records and beans included.
   *
   * @throws IllegalArgumentException naming the argument's path, for what cannot be written
   */
  default EncodedPacket encode(Packet packet) {
    return encode(packet, null);
  }

  /**
   * The packet's bytes with the offset under which it stands in its namespace's log, where this wire has a place for it; null for none.
   * Only an event that asks for no acknowledgement carries it.
   */
  EncodedPacket encode(Packet packet, String offset);

  PacketDecoder newDecoder(DecoderLimits limits);

  /** Clients with formats of one slot read the same bytes for the same event: a broadcast is encoded once for each slot, from 0. */
  int slot();
}
