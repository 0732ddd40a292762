package dev.magpie.testing;

import java.io.IOException;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.math.BigInteger;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.KeyStore;
import java.security.PrivateKey;
import java.security.SecureRandom;
import java.security.cert.X509Certificate;
import java.security.spec.ECGenParameterSpec;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.Date;
import javax.net.ssl.KeyManager;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManagerFactory;
import org.bouncycastle.asn1.x500.X500Name;
import org.bouncycastle.asn1.x509.BasicConstraints;
import org.bouncycastle.asn1.x509.Extension;
import org.bouncycastle.asn1.x509.GeneralName;
import org.bouncycastle.asn1.x509.GeneralNames;
import org.bouncycastle.cert.jcajce.JcaX509CertificateConverter;
import org.bouncycastle.cert.jcajce.JcaX509v3CertificateBuilder;
import org.bouncycastle.jce.provider.BouncyCastleProvider;
import org.bouncycastle.openssl.jcajce.JcaPEMWriter;
import org.bouncycastle.openssl.jcajce.JcaPKCS8Generator;
import org.bouncycastle.openssl.jcajce.JceOpenSSLPKCS8EncryptorBuilder;
import org.bouncycastle.operator.jcajce.JcaContentSignerBuilder;

/** An authority of a test, and certificates that it signs, as PEM. */
public final class TestCertificates {
  private final KeyPair pair = keys("EC");
  private final X509Certificate own;

  /** A new authority of this name. */
  public TestCertificates(String name) {
    own = sign("CN=" + name, pair, "CN=" + name, pair.getPrivate(), Instant.now().plus(Duration.ofDays(100)), true);
  }

  /** A certificate with its key. */
  public record Signed(X509Certificate certificate, PrivateKey key) {
    public String certificatePem() {
      return pem(certificate);
    }

    public String keyPem() {
      return pem(new JcaPkcs8(key, null).object());
    }

    public String encryptedKeyPem(String password) {
      return pem(new JcaPkcs8(key, password).object());
    }

    /** Writes both below the folder, as {@code NAME.pem} and {@code NAME.key}. */
    public void write(Path folder, String name) throws IOException {
      Files.writeString(folder.resolve(name + ".pem"), certificatePem());
      Files.writeString(folder.resolve(name + ".key"), keyPem());
    }
  }

  private record JcaPkcs8(PrivateKey key, String password) {
    Object object() {
      try {
        if (password == null) return new JcaPKCS8Generator(key, null);
        return new JcaPKCS8Generator(key, new JceOpenSSLPKCS8EncryptorBuilder(JcaPKCS8Generator.AES_128_CBC)
            .setProvider(new BouncyCastleProvider()).setPassword(password.toCharArray()).build());
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      } catch (org.bouncycastle.operator.OperatorCreationException e) {
        throw new IllegalStateException(e);
      }
    }
  }

  /** For these hosts and addresses, for thirty days; its subject is that of the first. */
  public Signed server(String... hosts) {
    return server("EC", Duration.ofDays(30), hosts);
  }

  /** @param valid from now on; negative: it has expired */
  public Signed server(String algorithm, Duration valid, String... hosts) {
    KeyPair keys = keys(algorithm);
    return new Signed(sign("CN=" + hosts[0], keys, own.getSubjectX500Principal().getName(), pair.getPrivate(), Instant.now().plus(valid),
        false, hosts), keys.getPrivate());
  }

  /** A client's, with this subject. */
  public Signed client(String subject) {
    KeyPair keys = keys("EC");
    return new Signed(sign(subject, keys, own.getSubjectX500Principal().getName(), pair.getPrivate(),
        Instant.now().plus(Duration.ofDays(30)), false), keys.getPrivate());
  }

  public String pem() {
    return pem(own);
  }

  /** What a client needs that trusts this authority. */
  public SSLContext trusting() {
    return trusting(null);
  }

  /** The same of a client that has a certificate. */
  public SSLContext trusting(Signed client) {
    try {
      KeyStore trusted = KeyStore.getInstance("PKCS12");
      trusted.load(null, null);
      trusted.setCertificateEntry("authority", own);
      TrustManagerFactory trust = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
      trust.init(trusted);
      KeyManager[] keys = null;
      if (client != null) {
        KeyStore store = KeyStore.getInstance("PKCS12");
        store.load(null, null);
        store.setKeyEntry("client", client.key, new char[0], new X509Certificate[] {client.certificate});
        KeyManagerFactory factory = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
        factory.init(store, new char[0]);
        keys = factory.getKeyManagers();
      }
      SSLContext context = SSLContext.getInstance("TLS");
      context.init(keys, trust.getTrustManagers(), null);
      return context;
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException(e);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static KeyPair keys(String algorithm) {
    try {
      KeyPairGenerator generator = KeyPairGenerator.getInstance(algorithm);
      if (algorithm.equals("EC")) generator.initialize(new ECGenParameterSpec("secp256r1"));
      if (algorithm.equals("RSA")) generator.initialize(2048);
      return generator.generateKeyPair();
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException(e);
    }
  }

  private static X509Certificate sign(
      String subject, KeyPair keys, String issuer, PrivateKey by, Instant until, boolean authority, String... hosts) {
    try {
      JcaX509v3CertificateBuilder builder = new JcaX509v3CertificateBuilder(new X500Name(issuer), new BigInteger(100, new SecureRandom()),
          Date.from(until.minus(Duration.ofDays(365))), Date.from(until), new X500Name(subject), keys.getPublic());
      builder.addExtension(Extension.basicConstraints, true, new BasicConstraints(authority));
      if (hosts.length > 0)
        builder.addExtension(Extension.subjectAlternativeName, false,
            new GeneralNames(Arrays.stream(hosts).map(TestCertificates::name).toArray(GeneralName[]::new)));
      return new JcaX509CertificateConverter().getCertificate(builder.build(new JcaContentSignerBuilder("SHA256withECDSA").build(by)));
    } catch (GeneralSecurityException | org.bouncycastle.operator.OperatorCreationException e) {
      throw new IllegalStateException(e);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static GeneralName name(String host) {
    boolean address = host.matches("[\\d.]+|.*:.*");
    return new GeneralName(address ? GeneralName.iPAddress : GeneralName.dNSName, host);
  }

  static String pem(Object part) {
    StringWriter text = new StringWriter();
    try (JcaPEMWriter writer = new JcaPEMWriter(text)) {
      writer.writeObject(part);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return text.toString();
  }
}
