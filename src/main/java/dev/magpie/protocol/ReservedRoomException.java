package dev.magpie.protocol;

import dev.magpie.Internal;

/** A room's name that an application got from a client, perhaps, is reserved. Its message may be told to the client. */
@Internal
public final class ReservedRoomException extends IllegalArgumentException {
  private static final long serialVersionUID = 1L;

  ReservedRoomException() {
    super("a room's name must not start with U+0000");
  }
}
