package dev.magpie.transport.tls;

import java.net.Socket;
import java.security.Principal;
import java.security.PrivateKey;
import java.security.cert.X509Certificate;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import javax.net.ssl.ExtendedSSLSession;
import javax.net.ssl.SNIHostName;
import javax.net.ssl.SNIServerName;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.X509ExtendedKeyManager;
import org.jspecify.annotations.Nullable;

/**
 * Chooses the certificate by the host that the client names (SNI): one that has this host, else the first. Asked while a handshake is under
 * way, so that a client which names thousands of hosts leaves nothing behind. Immutable, safe for all threads.
 */
public final class ServerKeys extends X509ExtendedKeyManager {
  private final List<ServerCertificate> certificates;

  /** @param certificates at least one */
  public ServerKeys(List<ServerCertificate> certificates) {
    this.certificates = List.copyOf(certificates);
  }

  /** @param keyType the algorithm of the key that the client understands, such as {@code EC} */
  @Override
  public @Nullable String chooseEngineServerAlias(String keyType, Principal @Nullable [] issuers, SSLEngine engine) {
    List<ServerCertificate> fitting = fitting(host(engine).orElse(""));
    for (ServerCertificate certificate : fitting)
      if (certificate.key().getAlgorithm().equals(keyType)) return Integer.toString(certificates.indexOf(certificate));
    return null;
  }

  /** Those for the host; if none, the first one and those for the same hosts, which have keys of other kinds. */
  List<ServerCertificate> fitting(String host) {
    List<ServerCertificate> named = certificates.stream().filter(certificate -> certificate.isFor(host)).toList();
    if (!named.isEmpty()) return named;
    return certificates.stream().filter(certificate -> certificate.hosts().equals(certificates.get(0).hosts())).toList();
  }

  private static Optional<String> host(SSLEngine engine) {
    if (!(engine.getHandshakeSession() instanceof ExtendedSSLSession session)) return Optional.empty();
    for (SNIServerName name : session.getRequestedServerNames())
      if (name instanceof SNIHostName host) return Optional.of(host.getAsciiName().toLowerCase(Locale.ROOT));
    return Optional.empty();
  }

  @Override
  public X509Certificate[] getCertificateChain(String alias) {
    return certificates.get(Integer.parseInt(alias)).chain().toArray(X509Certificate[]::new);
  }

  @Override
  public PrivateKey getPrivateKey(String alias) {
    return certificates.get(Integer.parseInt(alias)).key();
  }

  // Not used by a server that has an engine.

  @Override
  public @Nullable String chooseServerAlias(String keyType, Principal @Nullable [] issuers, @Nullable Socket socket) {
    return null;
  }

  @Override
  public String @Nullable [] getServerAliases(String keyType, Principal @Nullable [] issuers) {
    return null;
  }

  @Override
  public String @Nullable [] getClientAliases(String keyType, Principal @Nullable [] issuers) {
    return null;
  }

  @Override
  public @Nullable String chooseClientAlias(String[] keyType, Principal @Nullable [] issuers, @Nullable Socket socket) {
    return null;
  }
}
