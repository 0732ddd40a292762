package dev.magpie.transport;

import dev.magpie.Internal;
import io.netty.util.AttributeKey;
import io.vertx.core.http.HttpConnection;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.net.impl.ConnectionBase;
import java.security.cert.X509Certificate;
import javax.net.ssl.SSLPeerUnverifiedException;
import org.jspecify.annotations.NullMarked;
import org.jspecify.annotations.Nullable;

/** The subject of a client's TLS certificate, kept with its connection. Used on the connection's event loop. */
@Internal
@NullMarked
public final class ClientCertificate {
  private static final AttributeKey<String> SUBJECT = AttributeKey.valueOf("magpie.client.subject");

  private ClientCertificate() {}

  /** Keeps the subject of a new connection, of a listener that asks for certificates. */
  public static void keep(HttpConnection connection) {
    try {
      if (connection.peerCertificates().get(0) instanceof X509Certificate own)
        ((ConnectionBase) connection).channel().attr(SUBJECT).set(own.getSubjectX500Principal().getName());
    } catch (SSLPeerUnverifiedException none) {
      // Asked, and not given.
    }
  }

  /** Null where none is kept; costs next to nothing without TLS. */
  static @Nullable String subject(HttpServerRequest request) {
    return request.isSSL() && request.connection() instanceof ConnectionBase connection ? connection.channel().attr(SUBJECT).get() : null;
  }
}
