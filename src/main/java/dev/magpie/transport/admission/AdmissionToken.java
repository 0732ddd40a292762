package dev.magpie.transport.admission;

import dev.magpie.Internal;
import dev.magpie.transport.ClientUse;
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
  private final ClientShares shares;

  private AdmissionToken(Runnable giveBack, AdmissionDenied refusal, ClientShares shares) {
    this.giveBack = new AtomicReference<>(giveBack);
    this.refusal = refusal;
    this.shares = shares;
  }

  static AdmissionToken granted(Runnable giveBack, ClientShares shares) {
    return new AdmissionToken(giveBack, null, shares);
  }

  /** A token without an admission. */
  public static AdmissionToken refused(AdmissionDenied refusal) {
    return new AdmissionToken(null, refusal, null);
  }

  /** The reason of the refusal; null if admitted. */
  public AdmissionDenied refusal() {
    return refusal;
  }

  /** What the connection counts on besides; null for nothing. */
  public ClientUse use() {
    return shares;
  }

  /** Releases the admission. Idempotent. */
  @Override
  public void close() {
    Runnable held = giveBack.getAndSet(null);
    if (held != null) held.run();
  }
}
