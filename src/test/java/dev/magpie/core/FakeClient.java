package dev.magpie.core;

import dev.magpie.transport.CloseReason;
import java.util.List;
import java.util.function.Consumer;
import java.util.function.LongSupplier;

/** A client without a network, for tests of other packages. Used on the instance's context. */
public final class FakeClient {
  private final FakeLink link;

  private FakeClient(FakeLink link) {
    this.link = link;
  }

  /** Options with the wall clock of a simulation. */
  public static IoOptions clockedBy(LongSupplier millis) {
    return new IoOptions().setClock(millis);
  }

  /** A Socket.IO client that has joined. */
  public static FakeClient joined(Io io, String namespace) {
    return new FakeClient(FakeLink.joined(io, namespace));
  }

  /**
   * A Socket.IO client that has said nothing yet.
   *
   * @param hears gets each text at the moment at which it is sent
   */
  public static FakeClient socketIo(Io io, Consumer<String> hears) {
    return new FakeClient(FakeLink.socketIo(io)).heardBy(hears);
  }

  /** A client of the subprotocol {@code magpie.v1} that has said nothing yet, as {@link #socketIo}. */
  public static FakeClient magpieV1(Io io, String query, Consumer<String> hears) {
    return new FakeClient(FakeLink.magpieV1(io, query)).heardBy(hears);
  }

  private FakeClient heardBy(Consumer<String> hears) {
    link.heard().forEach(hears);
    link.tap = hears;
    return this;
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

  /** It is gone without a word. */
  public void cut() {
    if (link.isOpen()) link.end(CloseReason.TRANSPORT_CLOSE);
  }

  /** It reads nothing: what is sent from now on waits for {@link #drain}. */
  public void stall() {
    link.writable = false;
  }

  /** It has read all that waited. */
  public void drain() {
    if (link.isOpen()) link.drain();
  }
}
