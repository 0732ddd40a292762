package dev.magpie.transport;

import dev.magpie.Internal;
import io.netty.handler.codec.PrematureChannelClosureException;
import io.vertx.core.http.HttpServerRequest;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLongArray;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The log of what strangers do wrong: one line for each connection that was ended for it and for each request that was refused. Who can
 * make a server write can fill its disk, so that lines beyond {@link #BURST} come {@link #PER_SECOND} a second and say how many were left
 * out. Safe for all threads; not part of any message's way.
 */
@Internal
public final class PeerLog {
  static final int BURST = 1_000;
  static final int PER_SECOND = 10;

  private static final Logger log = LoggerFactory.getLogger(PeerLog.class);
  private static final PeerLog ALL = new PeerLog();
  private static final AtomicLongArray REFUSED = new AtomicLongArray(RefusalReason.values().length);

  private double tokens = BURST;
  private long filledAt = System.nanoTime();
  private long leftOut;

  PeerLog() {}

  /** A connection has ended: a warning where its client is to blame. */
  public static void ended(String address, String transport, CloseReason reason, String detail) {
    if (reason.isBreach()) {
      if (ALL.mayWrite(System.nanoTime()))
        log.warn("client cut off address={} transport={} reason={} detail={}{}", address, transport, reason.text(), shown(detail),
            ALL.others());
    } else {
      log.debug("connection ended address={} transport={} reason={} detail={}", address, transport, reason.text(), shown(detail));
    }
  }

  /**
   * A request got an answer that says what is wrong with it, or none at all.
   *
   * @param address of the client, which may be behind a proxy
   */
  public static void refused(RefusalReason reason, String address, int status, String why) {
    REFUSED.incrementAndGet(reason.ordinal());
    if (ALL.mayWrite(System.nanoTime()))
      log.info("request refused address={} status={} reason={}{}", address, status, shown(why), ALL.others());
  }

  /** How many requests were refused for this reason since the process has started; also those that have no line. */
  public static long refusals(RefusalReason reason) {
    return REFUSED.get(reason.ordinal());
  }

  /** A refusal that has no line: after a restart all that polled ask for sessions that are no more. */
  public static void refusedSilently(RefusalReason reason, String address) {
    REFUSED.incrementAndGet(reason.ordinal());
    log.debug("request refused address={} reason={}", address, reason.text());
  }

  /** A request was refused because it could not be read; who goes in the middle of its head is cut off already, or has gone by itself. */
  public static void unreadable(HttpServerRequest request, TrustedProxies proxies) {
    Throwable cause = request.decoderResult().cause();
    if (cause instanceof PrematureChannelClosureException) return;
    refused(RefusalReason.UNREADABLE, proxies.address(request), request.response().getStatusCode(),
        cause == null ? null : cause.getMessage());
  }

  /** A client asks for what it does not get, or is about to be cut off; its connection lives on. */
  public static void warned(String address, String why) {
    if (ALL.mayWrite(System.nanoTime())) log.info("client warned address={} reason={}{}", address, shown(why), ALL.others());
  }

  /** What the stranger wrote makes no lines of its own. */
  private static String shown(String text) {
    return text == null ? null : text.replaceAll("[\\p{Cntrl}\\u2028\\u2029]", "?");
  }

  synchronized boolean mayWrite(long now) {
    tokens = Math.min(BURST, tokens + (now - filledAt) * PER_SECOND / (double) TimeUnit.SECONDS.toNanos(1));
    filledAt = now;
    if (tokens < 1) {
      leftOut++;
      return false;
    }
    tokens--;
    return true;
  }

  synchronized String others() {
    if (leftOut == 0) return "";
    String others = " lines_left_out=" + leftOut;
    leftOut = 0;
    return others;
  }
}
