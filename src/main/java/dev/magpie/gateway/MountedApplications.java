package dev.magpie.gateway;

import dev.magpie.core.Application;
import dev.magpie.core.ApplicationContext;
import dev.magpie.core.Io;
import dev.magpie.logging.Reason;
import io.vertx.core.Future;
import io.vertx.core.json.JsonObject;
import io.vertx.core.shareddata.LocalMap;
import io.vertx.ext.web.Router;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The applications of one gateway, mounted on its listeners. Owned by that gateway. */
final class MountedApplications {
  private static final Logger log = LoggerFactory.getLogger(MountedApplications.class);

  private static final long CLOSE_SECONDS = 10;

  private record Mounted(Application application, ApplicationContext context) {}

  private final List<Mounted> mounted = new ArrayList<>();
  /** What forgets that a plug-in was logged. */
  private final List<Runnable> logged = new ArrayList<>();

  /**
   * Mounts an application.
   *
   * @param config that of the whole gateway
   * @throws IllegalStateException if it fails; the message names its class and the cause
   */
  void mount(Application application, Io io, Router router, JsonObject config, String listener) {
    try {
      JsonObject section = config.getJsonObject(application.section(), new JsonObject());
      if (Applications.jar(application).isPresent()) requireOwn(section, application);
      ApplicationContext context = new ApplicationContext(io, router, application.settings().copy().mergeIn(section));
      mounted.add(new Mounted(application, context));
      application.mount(context);
    } catch (RuntimeException | LinkageError | StackOverflowError | AssertionError failure) {
      throw new IllegalStateException("application " + application.name() + " (" + Applications.origin(application)
          + ") was not mounted: " + failure, failure);
    }
    announce(application, io, listener);
  }

  /** A plug-in whose section is one of Magpie's would see settings of others, and could have none of its own. */
  private static void requireOwn(JsonObject section, Application plugIn) {
    if (!plugIn.settings().fieldNames().containsAll(section.fieldNames()))
      throw new IllegalArgumentException(
          "the section \"" + plugIn.section() + "\" of the settings is not its own; allowed: a name that Magpie does not use");
  }

  /** Calls the hooks of all, the last mounted first. Never fails. */
  Future<Void> close() {
    logged.forEach(Runnable::run);
    List<Mounted> last = new ArrayList<>(mounted);
    mounted.clear();
    Collections.reverse(last);
    return Future.join(last.stream().map(MountedApplications::close).toList()).mapEmpty();
  }

  private static Future<Void> close(Mounted mounted) {
    return mounted.context().close().timeout(CLOSE_SECONDS, TimeUnit.SECONDS).recover(failure -> {
      log.warn("application not closed name={} reason={}", mounted.application().name(), Reason.of(failure));
      return Future.succeededFuture();
    });
  }

  /** Logged once, although each instance mounts the same plug-ins. */
  private void announce(Application application, Io io, String listener) {
    LocalMap<String, String> announced = io.vertx().sharedData().getLocalMap("magpie.gateway.plugins");
    String key = listener + " " + application.name();
    Applications.jar(application).filter(jar -> announced.putIfAbsent(key, jar) == null).ifPresent(jar -> {
      logged.add(() -> announced.remove(key));
      log.info("plug-in mounted application={} class={} jar={} listener={}", application.name(), application.getClass().getName(), jar,
          listener);
    });
  }
}
