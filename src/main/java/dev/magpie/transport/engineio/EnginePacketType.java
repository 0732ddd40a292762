package dev.magpie.transport.engineio;

/** The packet types of Engine.IO; the ordinal is the digit on the wire. */
enum EnginePacketType {
  OPEN,
  CLOSE,
  PING,
  PONG,
  MESSAGE,
  UPGRADE,
  NOOP;

  private static final EnginePacketType[] TYPES = values();

  /** @throws EngineException when the character is no type */
  static EnginePacketType of(char digit) {
    int ordinal = digit - '0';
    if (ordinal < 0 || ordinal >= TYPES.length) throw new EngineException("unknown packet type; allowed: 0 to 6");
    return TYPES[ordinal];
  }

  char digit() {
    return (char) ('0' + ordinal());
  }
}
