package dev.magpie.transport;

import dev.magpie.Internal;
import io.netty.handler.codec.PrematureChannelClosureException;
import io.vertx.core.http.HttpServerRequest;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLongArray;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The log of misbehaving clients: one line for each connection that was ended for misuse and for each request that was refused. Clients
 * must not be able to fill the disk: after {@link #BURST} lines it writes {@link #PER_SECOND} per second, and counts the omitted ones in
 * {@code lines_left_out}. Safe for all threads; not called for single messages.
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

  /** A connection has ended: a warning where its client caused that by misuse. */
  public static void ended(String address, String transport, CloseReason reason, String detail) {
    if (reason.isBreach()) {
      if (ALL.mayWrite(System.nanoTime()))
        log.warn("client cut off address={} transport={} reason={} detail={}{}", LoggedAddress.of(address), transport,
            reason.text(), shown(detail), ALL.others());
    } else if (log.isDebugEnabled()) {
      log.debug("connection ended address={} transport={} reason={} detail={}", LoggedAddress.of(address), transport, reason.text(),
          shown(detail));
    }
  }

  /**
   * A request was refused.
   *
   * @param address of the client, which may be behind a proxy
   * @param status of the answer; 0 where the connection was closed without one
   */
  public static void refused(RefusalReason reason, String address, int status, String why) {
    REFUSED.incrementAndGet(reason.ordinal());
    if (ALL.mayWrite(System.nanoTime()))
      log.info("request refused address={} status={} reason={}{}", LoggedAddress.of(address), status, shown(why), ALL.others());
  }

  /** How many requests were refused for this reason since the process has started, including those without a line. */
  public static long refusals(RefusalReason reason) {
    return REFUSED.get(reason.ordinal());
  }

  /** A refusal that is counted without a line: after a restart all polling clients ask for sessions that do not exist any more. */
  public static void refusedSilently(RefusalReason reason, String address) {
    REFUSED.incrementAndGet(reason.ordinal());
    if (log.isDebugEnabled()) log.debug("request refused address={} reason={}", LoggedAddress.of(address), reason.text());
  }

  /** A request could not be read. Not logged if the connection closed within its head: then the peer, or its limit, has ended it. */
  public static void unreadable(HttpServerRequest request, TrustedProxies proxies) {
    Throwable cause = request.decoderResult().cause();
    if (cause instanceof PrematureChannelClosureException) return;
    refused(RefusalReason.UNREADABLE, proxies.address(request), request.response().getStatusCode(),
        cause == null ? null : cause.getMessage());
  }

  /** A client does something suspicious or not allowed; its connection stays. */
  public static void warned(String address, String why) {
    if (ALL.mayWrite(System.nanoTime()))
      log.info("client warned address={} reason={}{}", LoggedAddress.of(address), shown(why), ALL.others());
  }

  /** Replaces control characters, so that a client cannot forge log lines. */
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
