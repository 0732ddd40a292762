package dev.magpie.protocol;

import dev.magpie.Internal;
import io.vertx.core.json.JsonObject;

/**
 * Encodes and decodes the packets of one kind of client. Stateless; the state of a connection is in its {@link PacketDecoder}.
 */
@Internal
public interface WireFormat {

  /** Number of different encodings of one event: see {@link #slot()}. */
  int SLOTS = 8;

  /** Added to the slot of a format for the same with {@link #numbersAsStrings}. */
  int NUMBERS_AS_STRINGS = 4;

  /**
   * Encodes a packet. Data may be any JSON value, records and beans, with binary data at any depth.
   *
   * @throws IllegalArgumentException for a value that cannot be written; the message has its path
   */
  default EncodedPacket encode(Packet packet) {
    return encode(packet, null);
  }

  /**
   * Encodes a packet with its offset in the log of its namespace, where this format has a place for it; null for none. Only events that
   * ask for no acknowledgement carry it.
   */
  EncodedPacket encode(Packet packet, String offset);

  /**
   * Encodes an event that sets room state, where this format has a place for what is said of it; elsewhere it is the event alone.
   *
   * @param state the room, the key and the version
   */
  default EncodedPacket encode(Packet packet, String offset, JsonObject state) {
    return encode(packet, offset);
  }

  /** This format with numbers that a browser would round written as strings: whole ones beyond 2^53, and decimals that no double is. */
  WireFormat numbersAsStrings();

  PacketDecoder newDecoder(DecoderLimits limits);

  /** The index of this format's encoding of events. Formats with the same slot have the same bytes: a broadcast is encoded once a slot. */
  int slot();
}
