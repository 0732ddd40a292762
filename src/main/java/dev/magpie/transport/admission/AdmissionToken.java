package dev.magpie.transport.admission;

import dev.magpie.Internal;
import java.util.concurrent.atomic.AtomicReference;

/**
 * Admission of one client by {@link Admission}, or its refusal. Owned by the handshake, then by the session or the link; {@link #close}
 * releases it, once. Safe for all threads.
 */
@Internal
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

  /** A token without an admission. */
  public static AdmissionToken refused(AdmissionDenied refusal) {
    return new AdmissionToken(null, refusal);
  }

  /** The reason of the refusal; null if admitted. */
  public AdmissionDenied refusal() {
    return refusal;
  }

  /** Releases the admission. Idempotent. */
  @Override
  public void close() {
    Runnable held = giveBack.getAndSet(null);
    if (held != null) held.run();
  }
}
