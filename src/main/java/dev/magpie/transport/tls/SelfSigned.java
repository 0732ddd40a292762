package dev.magpie.transport.tls;

import dev.magpie.files.PrivateFiles;
import dev.magpie.transport.Networks;
import io.netty.util.NetUtil;
import java.io.IOException;
import java.io.StringWriter;
import java.math.BigInteger;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.SecureRandom;
import java.security.spec.ECGenParameterSpec;
import java.time.Duration;
import java.time.Instant;
import java.util.Collection;
import java.util.Date;
import java.util.List;
import java.util.Locale;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.bouncycastle.asn1.x500.X500Name;
import org.bouncycastle.asn1.x509.BasicConstraints;
import org.bouncycastle.asn1.x509.ExtendedKeyUsage;
import org.bouncycastle.asn1.x509.Extension;
import org.bouncycastle.asn1.x509.GeneralName;
import org.bouncycastle.asn1.x509.GeneralNames;
import org.bouncycastle.asn1.x509.KeyPurposeId;
import org.bouncycastle.cert.X509CertificateHolder;
import org.bouncycastle.cert.jcajce.JcaX509v3CertificateBuilder;
import org.bouncycastle.openssl.jcajce.JcaPEMWriter;
import org.bouncycastle.openssl.jcajce.JcaPKCS8Generator;
import org.bouncycastle.operator.OperatorCreationException;
import org.bouncycastle.operator.jcajce.JcaContentSignerBuilder;

/**
 * A certificate that the server signs itself, for a trial: browsers warn of it. Its file is kept, so that a client which has trusted it
 * goes on doing so; a new one is made when it is about to expire, or the listener's hosts have changed. Blocks; called on worker threads.
 */
public final class SelfSigned {
  private static final Duration VALID = Duration.ofDays(397);
  private static final Duration RENEW = Duration.ofDays(30);
  private static final List<String> LOOPBACK = List.of("localhost", "127.0.0.1", "::1");
  private static final String SUBJECT = "CN=Magpie self-signed";

  private SelfSigned() {}

  /**
   * The certificate below the data folder, or a new one, which is written there: certificate and key in one file of mode 600.
   *
   * @param listener its name, that of the file
   * @param hosts names and addresses besides those of loopback
   */
  public static ServerCertificate below(Path data, String listener, Collection<String> hosts, Instant now) throws IOException {
    Path file = data.resolve("tls").resolve(listener + ".pem");
    TreeSet<String> all = new TreeSet<>(LOOPBACK);
    hosts.stream().map(SelfSigned::compressed).forEach(all::add);
    if (Files.exists(file)) {
      PrivateFiles.tighten(file);
      try {
        PemFile pem = PemFile.read(file.toString());
        ServerCertificate known = ServerCertificate.of(pem, pem, now);
        if (!isDue(known, now) && names(known).equals(all)) return known;
      } catch (CertificateException unusable) {
        // Made anew.
      }
    }
    PrivateFiles.makeFolder(data);
    PrivateFiles.makeFolder(data.resolve("tls"));
    PrivateFiles.write(file, make(all, now));
    try {
      PemFile pem = PemFile.read(file.toString());
      return ServerCertificate.of(pem, pem, now);
    } catch (CertificateException impossible) {
      throw new IllegalStateException(impossible);
    }
  }

  /** Whether it is about to expire. */
  public static boolean isDue(ServerCertificate certificate, Instant now) {
    return certificate.validUntil().isBefore(now.plus(RENEW));
  }

  private static TreeSet<String> names(ServerCertificate certificate) {
    TreeSet<String> names = new TreeSet<>();
    try {
      for (List<?> name : certificate.chain().get(0).getSubjectAlternativeNames())
        names.add(compressed((String) name.get(1)));
    } catch (java.security.cert.CertificateParsingException | RuntimeException unreadable) {
      // Made anew.
    }
    return names;
  }

  /** An address of IPv6 in its short form: Java writes the zeros. Other names as they are. */
  private static String compressed(String host) {
    return Networks.address(host).map(NetUtil::toAddressString).orElse(host.toLowerCase(Locale.ROOT));
  }

  private static String make(Collection<String> hosts, Instant now) throws IOException {
    try {
      KeyPairGenerator generator = KeyPairGenerator.getInstance("EC");
      generator.initialize(new ECGenParameterSpec("secp256r1"));
      KeyPair pair = generator.generateKeyPair();
      X500Name subject = new X500Name(SUBJECT);
      // Valid an hour ago, for clients whose clocks are slow.
      X509CertificateHolder certificate = new JcaX509v3CertificateBuilder(subject, new BigInteger(127, new SecureRandom()).setBit(126),
          Date.from(now.minus(Duration.ofHours(1))), Date.from(now.plus(VALID)), subject, pair.getPublic())
          .addExtension(Extension.subjectAlternativeName, false, new GeneralNames(hosts.stream().map(SelfSigned::name)
              .toArray(GeneralName[]::new)))
          .addExtension(Extension.basicConstraints, true, new BasicConstraints(false))
          .addExtension(Extension.extendedKeyUsage, false, new ExtendedKeyUsage(KeyPurposeId.id_kp_serverAuth))
          .build(new JcaContentSignerBuilder("SHA256withECDSA").build(pair.getPrivate()));
      StringWriter text = new StringWriter();
      try (JcaPEMWriter pem = new JcaPEMWriter(text)) {
        pem.writeObject(certificate);
        pem.writeObject(new JcaPKCS8Generator(pair.getPrivate(), null));
      }
      return text.toString();
    } catch (GeneralSecurityException | OperatorCreationException e) {
      throw new IllegalStateException(e); // every Java platform has these algorithms
    }
  }

  private static GeneralName name(String host) {
    return new GeneralName(Networks.address(host).isPresent() ? GeneralName.iPAddress : GeneralName.dNSName, host);
  }

  /** Names of a listener that a certificate can have. */
  public static List<String> hosts(String listener, List<String> served) {
    return Stream.concat(Stream.of(listener), served.stream()).filter(host -> !host.equals("*")).filter(host -> !isAny(host)).toList();
  }

  private static boolean isAny(String host) {
    return host.equals("0.0.0.0") || host.equals("::");
  }
}
