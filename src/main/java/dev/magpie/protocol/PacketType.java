package dev.magpie.protocol;

import dev.magpie.Internal;

/** The packet types of Socket.IO; the ordinal is the digit on the wire. */
@Internal
public enum PacketType {
  CONNECT,
  DISCONNECT,
  EVENT,
  ACK,
  CONNECT_ERROR,
  BINARY_EVENT,
  BINARY_ACK
}
