package dev.magpie.transport.heartbeat;

import dev.magpie.transport.CloseReason;

/** The heartbeat of a client that sends nothing and reads nothing. */
class SilentHeartbeat extends Heartbeat {
  private final TimerWheel wheel;
  private final long intervalNanos;
  private final long timeoutNanos;
  /** Null until the heartbeat has failed. */
  CloseReason closed;

  SilentHeartbeat(TimerWheel wheel, long intervalNanos, long timeoutNanos) {
    this.wheel = wheel;
    this.intervalNanos = intervalNanos;
    this.timeoutNanos = timeoutNanos;
  }

  @Override
  protected TimerWheel wheel() {
    return wheel;
  }

  @Override
  protected long interval() {
    return intervalNanos;
  }

  @Override
  protected long timeout() {
    return timeoutNanos;
  }

  @Override
  protected boolean isStrict() {
    return false;
  }

  @Override
  protected boolean isReceiving() {
    return false;
  }

  @Override
  protected void writePing(Runnable written) {}

  @Override
  protected long taken() {
    return 0;
  }

  @Override
  protected void failed(CloseReason reason, String detail) {
    closed = reason;
  }
}
