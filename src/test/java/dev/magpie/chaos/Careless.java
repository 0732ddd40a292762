package dev.magpie.chaos;

import dev.magpie.log.EventLog;
import dev.magpie.log.LogEntry;
import dev.magpie.log.RecoveryOptions;
import dev.magpie.log.RecoveryProvider;
import dev.magpie.log.RecoveryStore;
import dev.magpie.store.StoredRecovery;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.util.List;
import java.util.UUID;

/** The server's own logs, but for one promise that they break: what the checker must find. */
public abstract class Careless implements RecoveryProvider {

  /** A retry is taken for another message. */
  public static final class WithoutDedupe extends Careless {
    @Override
    LogEntry spoiled(LogEntry entry) {
      return new LogEntry(entry.rooms(), entry.except(), UUID.randomUUID().toString(), entry.uid(), entry.stamp(), entry.event(),
          entry.passing());
    }
  }

  /** Whom a message leaves out gets it, too. */
  public static final class WithoutExcept extends Careless {
    @Override
    LogEntry spoiled(LogEntry entry) {
      return new LogEntry(entry.rooms(), List.of(), entry.cid(), entry.uid(), entry.stamp(), entry.event(), entry.passing());
    }
  }

  abstract LogEntry spoiled(LogEntry entry);

  @Override
  public Future<Stores> open(Vertx vertx, String namespace, RecoveryOptions options) {
    return new StoredRecovery().open(vertx, namespace, options).map(stores -> new Stores() {
      private final EventLog log = spoiling(stores.log());

      @Override
      public EventLog log() {
        return log;
      }

      @Override
      public RecoveryStore sessions() {
        return stores.sessions();
      }

      @Override
      public Future<Void> close() {
        return stores.close();
      }
    });
  }

  private EventLog spoiling(EventLog log) {
    return (EventLog) Proxy.newProxyInstance(EventLog.class.getClassLoader(), new Class<?>[] {EventLog.class}, (proxy, method, args) -> {
      if (method.getName().equals("append"))
        return log.append(((List<?>) args[0]).stream().map(entry -> spoiled((LogEntry) entry)).toList());
      try {
        return method.invoke(log, args);
      } catch (InvocationTargetException failure) {
        throw failure.getCause();
      }
    });
  }
}
