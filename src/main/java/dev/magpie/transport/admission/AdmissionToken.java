package dev.magpie.transport.admission;

import java.util.concurrent.atomic.AtomicReference;

/**
 * A client's place among those that {@link Admission} counts, or the refusal of one. Owned by whoever holds the handshake, then by the
 * session or the link; whichever way that ends, {@link #close} gives the place back, once. Safe for all threads.
 */
public final class AdmissionToken implements AutoCloseable {
  private final AdmissionDenied refusal;
  /** Null once it has run. */
  private final AtomicReference<Runnable> giveBack;

  private AdmissionToken(Runnable giveBack, AdmissionDenied refusal) {
    this.giveBack = new AtomicReference<>(giveBack);
    this.refusal = refusal;
  }

  static AdmissionToken granted(Runnable giveBack) {
    return new AdmissionToken(giveBack, null);
  }

  /** One that holds no place. */
  public static AdmissionToken refused(AdmissionDenied refusal) {
    return new AdmissionToken(null, refusal);
  }

  /** Why there is no place; null where there is one. */
  public AdmissionDenied refusal() {
    return refusal;
  }

  /** Gives the place back; again does nothing. */
  @Override
  public void close() {
    Runnable held = giveBack.getAndSet(null);
    if (held != null) held.run();
  }
}
