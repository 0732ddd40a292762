package dev.magpie.transport.tls;

import java.io.IOException;
import java.io.StringReader;
import java.security.GeneralSecurityException;
import java.security.PrivateKey;
import java.security.PublicKey;
import java.security.SecureRandom;
import java.security.Signature;
import java.security.cert.CertificateParsingException;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.bouncycastle.asn1.pkcs.PrivateKeyInfo;
import org.bouncycastle.asn1.x500.style.BCStyle;
import org.bouncycastle.asn1.x500.style.IETFUtils;
import org.bouncycastle.cert.X509CertificateHolder;
import org.bouncycastle.cert.jcajce.JcaX509CertificateConverter;
import org.bouncycastle.cert.jcajce.JcaX509CertificateHolder;
import org.bouncycastle.openssl.PEMEncryptedKeyPair;
import org.bouncycastle.openssl.PEMKeyPair;
import org.bouncycastle.openssl.PEMParser;
import org.bouncycastle.openssl.jcajce.JcaPEMKeyConverter;
import org.bouncycastle.pkcs.PKCS8EncryptedPrivateKeyInfo;

/**
 * A certificate with its private key, checked: they belong together, and the certificate is valid now. Immutable.
 *
 * @param chain the server's own certificate, behind it those of its issuers
 * @param key never shown
 * @param hosts in lower case, as the certificate has them; those of all levels below begin with {@code *.}
 */
public record ServerCertificate(List<X509Certificate> chain, PrivateKey key, List<String> hosts) {
  /** Which signatures a key can make, to find out whether a certificate has its other half. */
  private static final Map<String, String> SIGNATURES =
      Map.of("RSA", "SHA256withRSA", "EC", "SHA256withECDSA", "EdDSA", "EdDSA", "Ed25519", "Ed25519", "Ed448", "Ed448");

  private static final int DNS_NAME = 2;
  private static final String CERTIFICATE = "certificate";
  private static final String KEY = "key";

  /**
   * Reads one from its files, which may be one.
   *
   * @param now when it must be valid
   */
  public static ServerCertificate of(PemFile certificate, PemFile key, Instant now) throws CertificateException {
    String certificateFile = certificate.path();
    List<X509Certificate> chain = certificates(CERTIFICATE, certificate);
    PrivateKey secret = key(key);
    X509Certificate own = chain.get(0);
    if (!belong(own.getPublicKey(), secret))
      throw new CertificateException(KEY, key.path(), "does not belong to the certificate in " + certificateFile, "its private key");
    if (now.isAfter(own.getNotAfter().toInstant()))
      throw new CertificateException(CERTIFICATE, certificateFile, "has expired at " + own.getNotAfter().toInstant(),
          "a certificate that is valid now");
    if (now.isBefore(own.getNotBefore().toInstant()))
      throw new CertificateException(CERTIFICATE, certificateFile, "is not valid before " + own.getNotBefore().toInstant(),
          "a certificate that is valid now");
    return new ServerCertificate(chain, secret, hosts(certificateFile, own));
  }

  /** The certificates of a PEM file, at least one. */
  public static List<X509Certificate> certificates(String setting, PemFile pem) throws CertificateException {
    String file = pem.path();
    List<X509Certificate> found = new ArrayList<>();
    for (Object part : parts(setting, pem)) {
      if (!(part instanceof X509CertificateHolder holder)) continue;
      try {
        found.add(new JcaX509CertificateConverter().getCertificate(holder));
      } catch (java.security.cert.CertificateException e) {
        throw new CertificateException(setting, file, "has a certificate that cannot be read", "X.509 certificates as PEM");
      }
    }
    if (found.isEmpty())
      throw new CertificateException(setting, file, "has no certificate", "PEM, which begins with -----BEGIN CERTIFICATE-----");
    return List.copyOf(found);
  }

  private static PrivateKey key(PemFile pem) throws CertificateException {
    String file = pem.path();
    for (Object part : parts(KEY, pem)) {
      if (part instanceof PKCS8EncryptedPrivateKeyInfo || part instanceof PEMEncryptedKeyPair)
        throw new CertificateException(KEY, file, "is encrypted", "a key without a password, in a file that only this user can read");
      PrivateKeyInfo info = part instanceof PEMKeyPair pair ? pair.getPrivateKeyInfo() : part instanceof PrivateKeyInfo one ? one : null;
      if (info == null) continue;
      try {
        PrivateKey key = new JcaPEMKeyConverter().getPrivateKey(info);
        if (SIGNATURES.containsKey(key.getAlgorithm())) return key;
      } catch (IOException unknown) {
        // Refused below.
      }
      throw new CertificateException(KEY, file, "has a key of a kind that is not known", "an RSA, EC or Ed25519 key");
    }
    throw new CertificateException(KEY, file, "has no private key", "PEM, which begins with -----BEGIN PRIVATE KEY-----");
  }

  private static List<Object> parts(String setting, PemFile pem) throws CertificateException {
    List<Object> parts = new ArrayList<>();
    try (PEMParser parser = new PEMParser(new StringReader(pem.require(setting)))) {
      for (Object part = parser.readObject(); part != null; part = parser.readObject()) parts.add(part);
    } catch (IOException | RuntimeException malformed) {
      // Its message may have parts of a key.
      throw new CertificateException(setting, pem.path(), "is malformed", "PEM");
    }
    return parts;
  }

  private static boolean belong(PublicKey shown, PrivateKey secret) {
    try {
      Signature signature = Signature.getInstance(SIGNATURES.get(secret.getAlgorithm()));
      byte[] text = new byte[32];
      new SecureRandom().nextBytes(text);
      signature.initSign(secret);
      signature.update(text);
      byte[] signed = signature.sign();
      signature.initVerify(shown);
      signature.update(text);
      return signature.verify(signed);
    } catch (GeneralSecurityException ofAnotherKind) {
      return false;
    }
  }

  private static List<String> hosts(String file, X509Certificate certificate) throws CertificateException {
    List<String> hosts = new ArrayList<>();
    try {
      Collection<List<?>> names = certificate.getSubjectAlternativeNames();
      if (names != null) {
        for (List<?> name : names) if (name.get(0).equals(DNS_NAME)) hosts.add(((String) name.get(1)).toLowerCase(Locale.ROOT));
      } else {
        for (var name : new JcaX509CertificateHolder(certificate).getSubject().getRDNs(BCStyle.CN))
          hosts.add(IETFUtils.valueToString(name.getFirst().getValue()).toLowerCase(Locale.ROOT));
      }
    } catch (CertificateParsingException | java.security.cert.CertificateEncodingException e) {
      throw new CertificateException(CERTIFICATE, file, "has names that cannot be read", "an X.509 certificate");
    }
    return List.copyOf(hosts);
  }

  /** Whether it is one for this host, given in lower case. A wildcard stands for one label. */
  boolean isFor(String host) {
    int dot = host.indexOf('.');
    return hosts.contains(host) || dot > 0 && hosts.contains("*" + host.substring(dot));
  }

  /** For logs and metrics: its subject, or its first host where it has none. */
  public String subject() {
    String subject = chain.get(0).getSubjectX500Principal().getName();
    return subject.isEmpty() && !hosts.isEmpty() ? hosts.get(0) : subject;
  }

  public Instant validUntil() {
    return chain.get(0).getNotAfter().toInstant();
  }

  /** Whole days; negative when it has expired. */
  public long daysLeft(Instant now) {
    return days(now, validUntil());
  }

  /** Whole days between the two; negative when the second is past. */
  public static long days(Instant now, Instant until) {
    return Math.floorDiv(Duration.between(now, until).toSeconds(), Duration.ofDays(1).toSeconds());
  }

  /** Without the key. */
  @Override
  public String toString() {
    return "ServerCertificate[" + subject() + ", valid until " + validUntil() + "]";
  }
}
