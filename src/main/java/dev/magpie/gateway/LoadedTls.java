package dev.magpie.gateway;

import dev.magpie.gateway.GatewayOptions.CertificateFiles;
import dev.magpie.gateway.GatewayOptions.Tls;
import dev.magpie.transport.tls.CertificateException;
import dev.magpie.transport.tls.PemFile;
import dev.magpie.transport.tls.ServerCertificate;
import dev.magpie.transport.tls.ServerKeys;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.ClientAuth;
import io.vertx.core.net.KeyCertOptions;
import io.vertx.core.net.PemTrustOptions;
import io.vertx.core.net.ServerSSLOptions;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What one look at the files of a listener's TLS found, checked. Immutable.
 *
 * @param certificates at least one
 * @param options with them, for Vert.x
 */
record LoadedTls(List<ServerCertificate> certificates, ServerSSLOptions options) {
  private static final List<String> PROTOCOLS = List.of("TLSv1.3", "TLSv1.2");

  /** Of TLS 1.2 those with forward secrecy by elliptic curves and with authenticated encryption. */
  private static final List<String> CIPHERS = List.of(
      "TLS_AES_128_GCM_SHA256", "TLS_AES_256_GCM_SHA384", "TLS_CHACHA20_POLY1305_SHA256",
      "TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256", "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256",
      "TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384", "TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384",
      "TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256", "TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256");

  /** Reads the files that the settings name, by their paths; blocks. */
  static Map<String, PemFile> files(Tls tls) {
    Map<String, PemFile> files = new LinkedHashMap<>();
    for (CertificateFiles pair : tls.certificates()) {
      read(pair.certificate(), files);
      read(pair.key(), files);
    }
    read(tls.clientCa(), files);
    return files;
  }

  private static void read(@Nullable String path, Map<String, PemFile> files) {
    if (path != null) files.computeIfAbsent(path, PemFile::read);
  }

  /**
   * Checks the settings and the files.
   *
   * @param setting its key, for messages
   * @param selfSigned the certificate of a trial; null where the settings name files
   * @throws IllegalArgumentException whose message names the setting, the value and what is allowed
   */
  static LoadedTls of(Tls tls, String setting, Map<String, PemFile> files, @Nullable ServerCertificate selfSigned, Instant now) {
    if (tls.selfSigned() != tls.certificates().isEmpty())
      throw new IllegalArgumentException(setting + ": " + (tls.selfSigned() ? "self_signed and certificates" : "no certificates")
          + "; allowed: certificates with their keys, or self_signed for a trial");
    List<ServerCertificate> certificates = new ArrayList<>();
    if (selfSigned != null) certificates.add(selfSigned);
    for (int i = 0; i < tls.certificates().size(); i++)
      certificates.add(certificate(setting + ".certificates[" + i + "].", tls.certificates().get(i), files, now));
    return new LoadedTls(List.copyOf(certificates), options(tls, certificates, trust(tls, setting, files)));
  }

  private static ServerCertificate certificate(String place, CertificateFiles pair, Map<String, PemFile> files, Instant now) {
    if (pair.certificate() == null || pair.key() == null)
      throw new IllegalArgumentException(
          place + (pair.certificate() == null ? "certificate" : "key") + ": null; allowed: a path of a PEM file");
    try {
      return ServerCertificate.of(files.get(pair.certificate()), files.get(pair.key()), now);
    } catch (CertificateException e) {
      throw new IllegalArgumentException(place + e.setting() + ": " + e.getMessage());
    }
  }

  private static @Nullable PemTrustOptions trust(Tls tls, String setting, Map<String, PemFile> files) {
    boolean asked = !tls.clientAuth().equals(Tls.DEFAULT.clientAuth());
    if (asked != (tls.clientCa() != null))
      throw new IllegalArgumentException(setting + (asked ? ".client_ca: null" : ".client_auth: none, with a client_ca")
          + "; allowed: client_ca together with client_auth request or required");
    if (!asked) return null;
    PemFile authorities = files.get(tls.clientCa());
    try {
      ServerCertificate.certificates("client_ca", authorities);
    } catch (CertificateException e) {
      throw new IllegalArgumentException(setting + "." + e.setting() + ": " + e.getMessage());
    }
    return new PemTrustOptions().addCertValue(Buffer.buffer(authorities.text()));
  }

  private static ServerSSLOptions options(Tls tls, List<ServerCertificate> certificates, @Nullable PemTrustOptions trust) {
    ServerSSLOptions options = new ServerSSLOptions();
    options.setKeyCertOptions(KeyCertOptions.wrap(new ServerKeys(certificates)));
    if (trust != null) options.setTrustOptions(trust);
    options.setClientAuth(ClientAuth.valueOf(tls.clientAuth().toUpperCase(Locale.ROOT)));
    options.setEnabledSecureTransportProtocols(new LinkedHashSet<>(PROTOCOLS));
    CIPHERS.forEach(options::addEnabledCipherSuite);
    return options;
  }
}
