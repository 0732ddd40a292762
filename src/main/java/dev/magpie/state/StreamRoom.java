package dev.magpie.state;

import io.vertx.core.Promise;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The streams of one room. What is appended within one turn of the hub is published as one chunk. Owned by a {@link StreamSpace}, used on
 * the hub's executor.
 */
final class StreamRoom extends RoomState<List<StreamText>, StreamChunk> {

  /** A text that grows. */
  static final class Stream {
    final String id;
    final String event;
    final StringBuilder text = new StringBuilder();
    StreamEnd end = StreamEnd.OPEN;
    /** Milliseconds since 1970. */
    long activeAt;
    /** The instance that has appended last; null after a restart. */
    private @Nullable String writer;
    private long bytes;
    // What the replicas know.
    private int told;
    private StreamEnd toldEnd = StreamEnd.OPEN;
    private long version;
    private final List<Promise<Void>> waiting = new ArrayList<>(1);
    private @Nullable Runnable timer;
    /** The version that is stored; 0 for none. */
    long stored;
    /** Of one that was read: it was to be forgotten before now. */
    boolean over;
    /** Those who wait until the whole text is stored. */
    final List<Promise<Void>> storing = new ArrayList<>(0);

    Stream(String id, String event) {
      this.id = id;
      this.event = event;
    }

    boolean hasEnded() {
      return end != StreamEnd.OPEN;
    }
  }

  private final StreamSpace space;
  /** In the order of the versions that were published. */
  private final Map<String, Stream> streams = new LinkedHashMap<>();
  private final Set<Stream> changed = new LinkedHashSet<>();
  private long version;
  private long bytes;
  private boolean loaded;

  StreamRoom(StreamSpace space, String room, boolean loaded) {
    super(room);
    this.space = space;
    this.loaded = loaded;
  }

  @Override
  protected List<StreamText> snapshot() {
    List<StreamText> texts = new ArrayList<>(streams.size());
    for (Stream stream : streams.values())
      if (stream.version > 0)
        texts.add(StreamText.of(stream.id, stream.version, stream.event, stream.text.substring(0, stream.told), stream.toldEnd));
    return texts;
  }

  @Override
  protected long version() {
    return version;
  }

  @Override
  protected boolean isEmpty() {
    return streams.isEmpty();
  }

  @Override
  protected boolean isLoaded() {
    return loaded;
  }

  // --- Commands

  void append(String instance, String id, String event, String text, Promise<Void> done) {
    Stream stream = streams.get(id);
    if (stream != null && stream.hasEnded()) {
      done.fail(new IllegalStateException("stream \"" + id + "\" has ended: a text of its own needs an id of its own"));
      return;
    }
    long more = bytes(text) + (stream == null ? bytes(id) : 0);
    StreamLimits limits = space.limits();
    if (stream == null && streams.size() >= limits.maxStreams()) {
      done.fail(new StateLimitException("stream \"" + id + "\" is one more than a room may have; allowed: " + limits.maxStreams()));
      return;
    }
    if (bytes + more > limits.maxBytes()) {
      done.fail(new StateLimitException("with this text the streams of its room have " + (bytes + more) + " bytes; allowed: "
          + limits.maxBytes()));
      return;
    }
    if (stream == null) stream = begin(id, event);
    stream.text.append(text);
    stream.bytes += more;
    bytes += more;
    stream.writer = instance;
    stream.activeAt = space.now();
    change(stream, done);
  }

  /** @param end how it ends; of a stream that nobody has begun, {@link StreamEnd#DONE} makes an empty text */
  void end(String instance, String id, String event, StreamEnd end, Promise<Void> done) {
    Stream stream = streams.get(id);
    if (stream == null && end == StreamEnd.ABORTED || stream != null && stream.hasEnded()) {
      done.complete();
      return;
    }
    if (stream == null) {
      Promise<Void> begun = Promise.promise();
      append(instance, id, event, "", begun);
      stream = streams.get(id);
      if (stream == null) {
        done.fail(begun.future().cause());
        return;
      }
    }
    finish(stream, end);
    if (space.isDurable()) stream.storing.add(done);
    change(stream, space.isDurable() ? Promise.promise() : done);
  }

  private static long bytes(String text) {
    return text.getBytes(StandardCharsets.UTF_8).length;
  }

  boolean has(Stream stream) {
    return streams.get(stream.id) == stream;
  }

  private Stream begin(String id, String event) {
    Stream stream = new Stream(id, event);
    streams.put(id, stream);
    stream.activeAt = space.now();
    watch(stream);
    return stream;
  }

  private void finish(Stream stream, StreamEnd end) {
    stream.end = end;
    stream.activeAt = space.now();
    watch(stream);
  }

  @Override
  protected void detached(String instance) {
    for (Stream stream : new ArrayList<>(streams.values())) if (instance.equals(stream.writer)) abort(stream);
  }

  private void abort(Stream stream) {
    if (stream.hasEnded()) return;
    finish(stream, StreamEnd.ABORTED);
    change(stream, Promise.promise());
  }

  // --- Publishing

  private void change(Stream stream, Promise<Void> done) {
    stream.waiting.add(done);
    // Behind the commands that have come already: their texts become one chunk.
    if (changed.isEmpty()) space.later(this::publish);
    changed.add(stream);
  }

  /** Sends what has changed since the last time. */
  void publish() {
    List<Stream> now = new ArrayList<>(changed);
    changed.clear();
    for (Stream stream : now) {
      tell(stream);
      List<Promise<Void>> waiting = new ArrayList<>(stream.waiting);
      stream.waiting.clear();
      waiting.forEach(Promise::complete);
      space.store(this, stream);
    }
  }

  private void tell(Stream stream) {
    int until = stream.hasEnded() ? stream.text.length() : whole(stream.text);
    if (stream.version > 0 && until == stream.told && stream.end == stream.toldEnd) return;
    String text = stream.text.substring(stream.told, until);
    stream.version = ++version;
    streams.remove(stream.id);
    streams.put(stream.id, stream);
    if (loaded) publish(StreamChunk.of(stream.id, version, stream.event, stream.told, text, stream.end));
    stream.told = until;
    stream.toldEnd = stream.end;
  }

  /** Length without the first half of a character whose second half is still to come. */
  private static int whole(StringBuilder text) {
    int length = text.length();
    return length > 0 && Character.isHighSurrogate(text.charAt(length - 1)) ? length - 1 : length;
  }

  // --- Time

  /** An open stream ends when nobody appends; one that has ended is forgotten. */
  private void watch(Stream stream) {
    if (stream.timer != null) stream.timer.run();
    stream.timer = space.schedule(space.lifetime(stream) - (space.now() - stream.activeAt), () -> {
      stream.timer = null;
      if (space.now() - stream.activeAt < space.lifetime(stream)) watch(stream);
      else if (stream.hasEnded()) forget(stream);
      else abort(stream);
    });
  }

  private void forget(Stream stream) {
    streams.remove(stream.id, stream);
    bytes -= stream.bytes;
    version++;
    if (loaded) publish(StreamChunk.forgotten(stream.id, version));
    space.release(this);
  }

  // --- The store

  /** Adds what was stored; where a stream of this id has begun meanwhile, that one counts. */
  void restore(List<Stream> stored) {
    for (Stream stream : stored) {
      Stream known = streams.get(stream.id);
      if (known != null) known.stored = Math.max(known.stored, stream.stored);
      else if (!stream.over) take(stream);
    }
    if (!loaded) {
      loaded = true;
      loaded();
    }
  }

  private void take(Stream stream) {
    streams.put(stream.id, stream);
    stream.bytes = bytes(stream.id) + bytes(stream.text.toString());
    bytes += stream.bytes;
    tell(stream);
    watch(stream);
  }
}
