package dev.magpie.core;

import java.util.List;

/** A client without a network, for tests of other packages. Used on the instance's context. */
public final class FakeClient {
  private final FakeLink link;

  private FakeClient(FakeLink link) {
    this.link = link;
  }

  /** A Socket.IO client that has joined. */
  public static FakeClient joined(Io io, String namespace) {
    return new FakeClient(FakeLink.joined(io, namespace));
  }

  public void say(String text) {
    link.say(text);
  }

  /** The texts since the last call. */
  public List<String> heard() {
    return link.heard();
  }

  public boolean isOpen() {
    return link.isOpen();
  }
}
