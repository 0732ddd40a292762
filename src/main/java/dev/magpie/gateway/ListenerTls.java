package dev.magpie.gateway;

import dev.magpie.gateway.GatewayOptions.Listener;
import dev.magpie.logging.Reason;
import dev.magpie.ops.Metrics;
import dev.magpie.transport.admission.Admission;
import dev.magpie.transport.tls.PemFile;
import dev.magpie.transport.tls.SelfSigned;
import dev.magpie.transport.tls.ServerCertificate;
import dev.magpie.transport.tls.TlsEngine;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpServer;
import io.vertx.core.http.HttpServerOptions;
import io.vertx.core.net.ServerSSLOptions;
import io.vertx.core.shareddata.LocalMap;
import io.vertx.core.shareddata.Shareable;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * TLS of one listener: its certificates, read again when their files change. Connections that exist keep theirs. Shared by the gateways
 * that open the listener; the one that comes first looks at the files, on worker threads, one look after the other.
 */
final class ListenerTls implements Shareable {
  private static final Logger log = LoggerFactory.getLogger(ListenerTls.class);

  private static final String SHARED = "magpie.gateway.tls";
  private static final long WARN_DAYS = 14;
  private static final Duration WARN_AGAIN = Duration.ofDays(1);

  // Set once.
  private final Vertx vertx;
  private final Listener listener;
  private final GatewayOptions.Tls tls;
  private final String setting;
  private final List<String> hosts;
  private final Path data;
  private final TlsEngine engine;
  private final Future<LoadedTls> first;

  private final Queue<HttpServer> servers = new ConcurrentLinkedQueue<>();
  /** Gateways that use it. Guarded by this. */
  private int users;
  private long timer = -1;

  // Used by one look at a time.
  private final AtomicBoolean looking = new AtomicBoolean();
  private volatile List<ServerCertificate> served = List.of();
  private volatile Map<String, PemFile> tried = Map.of();
  /** What the last look found, where that was new: it may be half written, so the next look must find the same. */
  private volatile @Nullable Map<String, PemFile> unsettled;
  private volatile @Nullable Instant warned;
  private volatile List<Runnable> measured = List.of();

  private ListenerTls(Vertx vertx, GatewayOptions options, Listener listener, Path data) {
    this.vertx = vertx;
    this.listener = listener;
    this.tls = listener.tls();
    int number = options.http().listeners().indexOf(listener);
    this.setting = number < 0 ? "http.management.tls" : "http.listeners[" + number + "].tls";
    this.hosts = SelfSigned.hosts(listener.host(), options.http().hosts());
    this.data = data;
    this.engine = new TlsEngine(Admission.of(vertx));
    this.first = vertx.executeBlocking(() -> {
      Map<String, PemFile> files = LoadedTls.files(tls);
      LoadedTls loaded = load(files);
      tried = files;
      serve(loaded);
      return loaded;
    }, false);
  }

  /**
   * That of a listener which has TLS, for one more gateway.
   *
   * @param data where self-signed certificates are
   */
  static ListenerTls of(Vertx vertx, GatewayOptions options, Listener listener, Path data) {
    LocalMap<String, ListenerTls> all = vertx.sharedData().getLocalMap(SHARED);
    ListenerTls shared = all.computeIfAbsent(listener.name(), name -> new ListenerTls(vertx, options, listener, data));
    synchronized (shared) {
      shared.users++;
      if (shared.timer < 0) shared.timer = vertx.setPeriodic(shared.tls.reloadMs(), look -> shared.look());
    }
    return shared;
  }

  /** A gateway stops; the last one takes all away. */
  synchronized void release() {
    if (--users > 0) return;
    vertx.cancelTimer(timer);
    measured.forEach(Runnable::run);
    vertx.sharedData().getLocalMap(SHARED).remove(listener.name());
  }

  // Serving.

  /** Adds TLS to the options of a server; fails with a sentence that names the setting, the value and what is allowed. */
  Future<HttpServerOptions> secure(HttpServerOptions server) {
    return first.map(loaded -> {
      ServerSSLOptions options = loaded.options();
      server.setSsl(true).setUseAlpn(true).setSslEngineOptions(engine).setKeyCertOptions(options.getKeyCertOptions())
          .setTrustOptions(options.getTrustOptions()).setClientAuth(options.getClientAuth())
          .setEnabledSecureTransportProtocols(options.getEnabledSecureTransportProtocols());
      options.getEnabledCipherSuites().forEach(server::addEnabledCipherSuite);
      return server;
    });
  }

  /** A server that listens: it gets the certificates that come later. */
  void serves(HttpServer server) {
    servers.add(server);
  }

  // Certificates. On worker threads.

  private LoadedTls load(Map<String, PemFile> files) {
    Instant now = Instant.now();
    return LoadedTls.of(tls, setting, files, tls.selfSigned() ? selfSigned(now) : null, now);
  }

  private ServerCertificate selfSigned(Instant now) {
    try {
      return SelfSigned.below(data, listener.name(), hosts, now);
    } catch (IOException e) {
      throw new IllegalArgumentException(setting + ".self_signed: a certificate cannot be written below " + data + ": " + Reason.of(e)
          + "; allowed: a folder data.path that this user may write");
    }
  }

  private void look() {
    if (!first.isComplete() || !looking.compareAndSet(false, true)) return;
    vertx.executeBlocking(() -> {
      lookAtFiles();
      warnOfExpiry();
      return null;
    }, false).onComplete(looked -> {
      looking.set(false);
      if (looked.failed()) log.warn("certificates not looked at listener={} reason={}", listener.name(), Reason.of(looked.cause()));
    });
  }

  private void lookAtFiles() {
    Map<String, PemFile> files = LoadedTls.files(tls);
    if (files.equals(tried)) {
      unsettled = null;
      renewSelfSigned();
      return;
    }
    boolean settled = files.equals(unsettled);
    unsettled = settled ? null : files;
    if (!settled) return;
    tried = files;
    try {
      replace(load(files));
    } catch (IllegalArgumentException e) {
      log.warn("certificates not reloaded, the former ones stay in use listener={} reason={}", listener.name(), e.getMessage());
    }
  }

  private void renewSelfSigned() {
    boolean due = tls.selfSigned() && served.stream().anyMatch(one -> SelfSigned.isDue(one, Instant.now()));
    if (due) replace(load(tried));
  }

  private void replace(LoadedTls loaded) {
    for (HttpServer server : servers) {
      server.updateSSLOptions(loaded.options())
          .onFailure(failure -> log.warn("certificates not replaced listener={} reason={}", listener.name(), Reason.of(failure)));
    }
    log.info("certificates reloaded listener={}", listener.name());
    serve(loaded);
  }

  private void serve(LoadedTls loaded) {
    served = loaded.certificates();
    measured.forEach(Runnable::run);
    Map<String, Instant> expiries = new LinkedHashMap<>();
    for (ServerCertificate certificate : served) {
      // Those with keys of different kinds have the same subject.
      expiries.merge(certificate.subject(), certificate.validUntil(), (one, other) -> one.isBefore(other) ? one : other);
      log.info("TLS served listener={} hosts={} valid_until={} days_left={} subject=\"{}\" self_signed={} client_auth={}", listener.name(),
          certificate.hosts(), certificate.validUntil(), certificate.daysLeft(Instant.now()), certificate.subject(), tls.selfSigned(),
          tls.clientAuth());
    }
    List<Runnable> gauges = new ArrayList<>();
    expiries.forEach((subject, until) -> gauges.add(Metrics.of(vertx).gauge("magpie_certificate_days_left",
        "Whole days until the certificate expires.", () -> ServerCertificate.days(Instant.now(), until), "listener", listener.name(),
        "subject", subject)));
    measured = gauges;
    warned = null;
    warnOfExpiry();
  }

  private void warnOfExpiry() {
    Instant now = Instant.now();
    if (warned != null && now.isBefore(warned.plus(WARN_AGAIN))) return;
    for (ServerCertificate certificate : served) {
      long days = certificate.daysLeft(now);
      if (days >= WARN_DAYS) continue;
      warned = now;
      log.warn("certificate {} listener={} hosts={} valid_until={} days_left={}", days < 0 ? "has expired" : "expires soon",
          listener.name(), certificate.hosts(), certificate.validUntil(), days);
    }
  }
}
