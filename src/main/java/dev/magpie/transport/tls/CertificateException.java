package dev.magpie.transport.tls;

/** A file of a certificate or key that cannot be used. The message names the file, what is wrong, and what is allowed. */
public final class CertificateException extends Exception {
  private static final long serialVersionUID = 1L;

  private final String setting;

  CertificateException(String setting, String file, String wrong, String allowed) {
    super(file + " " + wrong + "; allowed: " + allowed);
    this.setting = setting;
  }

  /** The last part of the setting that names the file: {@code certificate}, {@code key} or {@code client_ca}. */
  public String setting() {
    return setting;
  }
}
