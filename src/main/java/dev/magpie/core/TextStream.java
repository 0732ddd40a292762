package dev.magpie.core;

import dev.magpie.protocol.EventNames;
import dev.magpie.state.HubLink;
import dev.magpie.state.StateLimitException;
import dev.magpie.state.StreamLimits;
import dev.magpie.state.StreamSpace;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.util.Objects;

/**
 * A text that grows in a room: a generated answer, the tail of a log. The members get each chunk; who joins later, or reconnects, gets the
 * text so far as one event and then the further chunks. All instances of one Vert.x and name share it. Immutable; may be used from any
 * thread, futures complete on the instance's context.
 *
 * <pre>{@code
 * TextStream answer = io.to("room").stream("answer-7");
 * model.onToken(answer::append);
 * model.onEnd(answer::end);
 * }</pre>
 *
 * <p>On the wire a chunk is the event {@code stream} with {@code {id, at, text, done}}: {@code at} is the length of the text before, in
 * UTF-16 units, as JavaScript counts, so that a chunk that is told again changes nothing. The text so far is a chunk {@code at} 0. {@code
 * done} is true in the last chunk; with {@code aborted: true} nobody completes the text: {@link #abort} was called, nothing was appended
 * for {@link dev.magpie.state.StateOptions#streamIdleMillis}, or the instance that appended has ended.
 *
 * <p>A text needs an id of its own. What is appended at the same moment becomes one chunk. In a durable namespace the text is stored while
 * it grows, about twice a second: after a crash it is told as far as it was stored, and is aborted.
 */
public final class TextStream {
  private static final String EVENT = "stream";

  private interface Command {
    void run(StreamSpace space, Promise<Void> done);
  }

  private final BroadcastTarget target;
  private final String room;
  private final String id;
  private final String event;

  TextStream(BroadcastTarget target, String room, String id) {
    this(target, room, id, EVENT);
  }

  private TextStream(BroadcastTarget target, String room, String id, String event) {
    this.target = target;
    this.room = room;
    this.id = id;
    this.event = event;
  }

  /**
   * The name of the event; the first chunk's counts. Default {@code stream}.
   *
   * @throws IllegalArgumentException for a reserved name
   */
  public TextStream event(String name) {
    return new TextStream(target, room, id, EventNames.requireEmittable(name));
  }

  /**
   * Appends to the text, which begins with the first call.
   *
   * @param text may be empty
   * @return succeeds when the chunk is on its way to the members. Fails with {@link IllegalStateException} when the stream has ended, and
   *     with {@link StateLimitException} for a text that is too long or one stream too many, see {@link IoOptions#setState}
   */
  public Future<Void> append(String text) {
    Objects.requireNonNull(text, "text");
    return ask((space, done) -> space.append(target.loop().id(), room, id, event, text, done));
  }

  /**
   * Completes the text; does nothing for a stream that has ended.
   *
   * @return succeeds when the last chunk is on its way to the members; in a durable namespace when the text is stored. Fails with {@link
   *     dev.magpie.log.LogUnavailableException} if it is unknown whether it is stored: the members were told nevertheless
   */
  public Future<Void> end() {
    return ask((space, done) -> space.end(target.loop().id(), room, id, event, done));
  }

  /**
   * Ends the stream without completing the text: the members get {@code aborted: true}. Does nothing for one that has ended.
   *
   * @return as of {@link #end}
   */
  public Future<Void> abort() {
    return ask((space, done) -> space.abort(target.loop().id(), room, id, event, done));
  }

  private Future<Void> ask(Command command) {
    Loop loop = target.loop();
    StreamLimits limits = target.streamLimits();
    Promise<Void> answer = loop.promise();
    loop.run(() -> {
      HubLink hub = loop.hub();
      hub.<StreamSpace, Void>ask(StreamSpace.KIND, target.name(), (space, done) -> {
        space.configure(limits);
        command.run(space, done);
      }).onComplete(answer);
    });
    return answer.future();
  }
}
