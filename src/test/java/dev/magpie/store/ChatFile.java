package dev.magpie.store;

import static dev.magpie.testing.Await.await;

import dev.magpie.log.LogEntry;
import dev.magpie.log.LoggedEvent;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Random;
import java.util.function.LongSupplier;

/** The messages of {@code /chat} in a data folder that no program has open: a test writes, reads and damages them. */
public final class ChatFile {
  private static final String ROOM = "r";
  private static final int BATCH = 100;
  private static final int BYTES = 2_000;

  /** A file whose length stays for so long is compacted as far as it will be: a step follows the one before after a quarter of it. */
  private static final long STEADY_NANOS = 1_500_000_000L;

  private final Path data;

  public ChatFile(Path data) {
    this.data = data;
  }

  public Path file() {
    return data.resolve(StoreFile.NAME);
  }

  /** What the message of this number says; the letters do not repeat. */
  public static String text(long seq) {
    byte[] bytes = new byte[BYTES];
    new Random(seq).nextBytes(bytes);
    return "message " + seq + " " + Base64.getEncoder().encodeToString(bytes);
  }

  /** Writes the first messages. @param clock when they were said */
  public ChatFile write(int count, LongSupplier clock) throws Exception {
    return using(clock, (mongo, log) -> append(log, count));
  }

  /** Writes the first messages, removes the oldest of them, and waits until the file is compacted. */
  public ChatFile writeAndCompact(int count, int kept) throws Exception {
    return using(System::currentTimeMillis, (mongo, log) -> {
      append(log, count);
      while (await(log.trim(kept, Long.MAX_VALUE, Long.MIN_VALUE))) {}
      long length = mongo.bytes();
      for (long since = System.nanoTime(); System.nanoTime() - since < STEADY_NANOS; Thread.sleep(20)) {
        if (mongo.bytes() != length) since = System.nanoTime();
        length = mongo.bytes();
      }
    });
  }

  private static void append(EmbeddedEventLog log, int count) {
    for (int from = 1; from <= count; from += BATCH) {
      List<LogEntry> entries = new ArrayList<>();
      for (int seq = from; seq < Math.min(from + BATCH, count + 1); seq++)
        entries.add(LogEntry.to(ROOM).cid("cid-of-the-message-" + seq).by("ana").event("message", text(seq)));
      await(log.append(entries));
    }
  }

  /** All messages, by rising number, as the history of their room has them. */
  public List<LoggedEvent> messages() throws Exception {
    List<LoggedEvent> messages = new ArrayList<>();
    using(System::currentTimeMillis, (mongo, log) -> messages.addAll(await(log.pageAfter(ROOM, 0, Integer.MAX_VALUE - 1)).events()));
    return messages;
  }

  public ChatFile cut(long bytes) throws IOException {
    try (RandomAccessFile cut = new RandomAccessFile(file().toFile(), "rw")) {
      cut.setLength(cut.length() - bytes);
    }
    return this;
  }

  /** Writes over so many bytes. @param where from 0, the beginning, to 1, the end */
  public ChatFile garbage(double where, int bytes) throws IOException {
    byte[] garbage = new byte[bytes];
    new Random(1).nextBytes(garbage);
    try (RandomAccessFile damaged = new RandomAccessFile(file().toFile(), "rw")) {
      damaged.seek((long) (damaged.length() * where));
      damaged.write(garbage);
    }
    return this;
  }

  private interface Use {
    void of(EmbeddedMongo mongo, EmbeddedEventLog log) throws Exception;
  }

  private ChatFile using(LongSupplier clock, Use use) throws Exception {
    try (EmbeddedMongo mongo = EmbeddedMongo.open(data); StoreThreads threads = new StoreThreads("test")) {
      use.of(mongo, await(EmbeddedEventLog.open(mongo, "/chat", "first", threads, clock)));
    }
    return this;
  }
}
