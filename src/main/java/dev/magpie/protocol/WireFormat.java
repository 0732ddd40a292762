package dev.magpie.protocol;

/** How packets are written to and read from one kind of client. Stateless; what a connection must remember is in its {@link PacketDecoder}. */
public interface WireFormat {

  EncodedPacket encode(Packet packet);

  PacketDecoder newDecoder(DecoderLimits limits);

  /** Clients with formats of one slot read the same bytes for the same event: a broadcast is encoded once for each slot. */
  int slot();
}
