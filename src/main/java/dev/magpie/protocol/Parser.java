package dev.magpie.protocol;

import org.jspecify.annotations.NullMarked;

/** The wire formats of Socket.IO clients, by the parser that the client is given. An {@code Io} speaks one of them. */
@NullMarked
public enum Parser {
  /** {@code socket.io-parser}, the default of every client: text, with binary data as attachments behind it. */
  JSON("socket.io-parser"),
  /** {@code socket.io-msgpack-parser}, version 3: each packet is one binary message in MessagePack. */
  MSGPACK("socket.io-msgpack-parser");

  private final String module;

  Parser(String module) {
    this.module = module;
  }

  /** The name of the parser's npm package. */
  public String module() {
    return module;
  }
}
