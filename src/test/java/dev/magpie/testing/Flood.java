package dev.magpie.testing;

import dev.magpie.core.Application;
import dev.magpie.core.Io;
import dev.magpie.core.Namespace;
import dev.magpie.log.LogEntry;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Random;
import java.util.concurrent.atomic.AtomicBoolean;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Appends {@value #MESSAGES} messages to the chat's log as fast as it takes them, once a process; mounted beside the chat. */
public final class Flood implements Application {
  public static final int MESSAGES = 30_000;

  private static final Logger log = LoggerFactory.getLogger(Flood.class);
  private static final AtomicBoolean BEGUN = new AtomicBoolean();
  private static final int AT_ONCE = 500;

  private final Random random = new Random(1);
  private Namespace chat;

  @Override
  public boolean byDefault() {
    return false;
  }

  @Override
  public void mount(Io io, Vertx vertx) {
    if (!BEGUN.compareAndSet(false, true)) return;
    chat = io.of("/chat");
    vertx.runOnContext(mounted -> append(0));
  }

  private void append(int from) {
    if (from == MESSAGES) {
      log.info("flood ended messages={}", MESSAGES);
      return;
    }
    List<Future<?>> appended = new ArrayList<>();
    for (int i = from; i < from + AT_ONCE; i++) appended.add(chat.append(LogEntry.to("r").event("message", letters())));
    Future.all(appended).onSuccess(all -> append(from + AT_ONCE)).onFailure(failure -> log.error("flood failed", failure));
  }

  private String letters() {
    byte[] bytes = new byte[500];
    random.nextBytes(bytes);
    return Base64.getEncoder().encodeToString(bytes);
  }
}
