package dev.magpie;

import dev.magpie.api.ApiKeys;
import dev.magpie.bot.BotVerticle;
import dev.magpie.emitter.EmitterOptions;
import dev.magpie.emitter.EmitterVerticle;
import dev.magpie.gateway.GatewayOptions;
import dev.magpie.gateway.GatewayVerticle;
import dev.magpie.ops.BuildInfo;
import dev.magpie.ops.Health;
import dev.magpie.ops.Metrics;
import dev.magpie.reaper.ReaperVerticle;
import dev.magpie.settings.Settings;
import dev.magpie.staff.StaffVerticle;
import dev.magpie.store.EmbeddedMongo;
import dev.magpie.store.Store;
import dev.magpie.store.StoreOptions;
import io.vertx.core.DeploymentOptions;
import io.vertx.core.Future;
import io.vertx.core.VerticleBase;
import io.vertx.core.json.JsonObject;
import java.util.ArrayList;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The whole server: deploys its parts as {@code conf/magpie.json} says, first those that connections need. */
public final class MainVerticle extends VerticleBase {
  private static final Logger log = LoggerFactory.getLogger(MainVerticle.class);

  private final List<Runnable> measured = new ArrayList<>();
  private Store store;

  @Override
  public Future<?> start() {
    // Main has added the defaults; where another program deploys this verticle they are added here.
    Settings settings = Settings.of(config());
    log.info("starting version={} java={} transport={}", BuildInfo.read(), Runtime.version().feature(),
        vertx.isNativeTransportEnabled() ? "native" : "nio");
    // A part that is not deployed yet has no health check of its own.
    Health.of(vertx).register("start", () -> Future.failedFuture("parts are still being started"));
    // At the same time, so that the first clients do not wait for the database. The parts that need it share this opening.
    Future<Store> database = openStore(settings);
    ApiKeys.of(vertx).use(database.map(Store::client));
    Future<?> gateways = deployGateways(settings, settings.json());
    Future<?> bot = gateways.compose(listening -> database).compose(opened -> deployBot(settings, settings.json()));
    Future<?> emitter = gateways.compose(listening -> deployEmitter(settings));
    Future<?> staff =
        database.compose(opened -> vertx.deployVerticle(new StaffVerticle(), new DeploymentOptions().setConfig(settings.json())));
    return Future.join(database, gateways, bot, emitter, staff)
        .compose(deployed -> vertx.deployVerticle(new ReaperVerticle(), new DeploymentOptions()))
        .onSuccess(started -> {
          Health.of(vertx).unregister("start");
          describe(settings.gateway());
        });
  }

  @Override
  public Future<?> stop() {
    // The parts are undeployed before this is called.
    return closeStore();
  }

  /** Opens the database; the parts that need it open it by the same settings, and share this one. */
  private Future<Store> openStore(Settings settings) {
    return Store.open(vertx, StoreOptions.from(settings.json()))
        .onSuccess(opened -> {
          store = opened;
          log.info("database {}", opened.description());
          Health.of(vertx).register("database", opened::ready);
          opened.embedded().ifPresent(this::measure);
        });
  }

  private void measure(EmbeddedMongo embedded) {
    Metrics metrics = Metrics.of(vertx);
    measured.add(metrics.gauge("magpie.store.writable", "Whether the embedded database takes writes: 1 or 0.",
        () -> embedded.refusal().isEmpty() ? 1 : 0));
    measured.add(metrics.gauge("magpie.store.bytes", "Length of the embedded database's file.", embedded::bytes));
  }

  private Future<?> closeStore() {
    measured.forEach(Runnable::run);
    if (store == null) return Future.succeededFuture();
    Health.of(vertx).unregister("database");
    return store.close();
  }

  private Future<?> deployBot(Settings settings, JsonObject config) {
    int instances = settings.bot().instances();
    if (instances == 0) return Future.succeededFuture();
    return vertx.deployVerticle(BotVerticle.class, new DeploymentOptions().setConfig(config).setInstances(instances));
  }

  /** What other programs emit, for the clients of all listeners. The first listener's {@code Io} has an empty name. */
  private Future<?> deployEmitter(Settings settings) {
    List<String> names = new ArrayList<>(settings.gateway().http().listeners().stream().map(GatewayOptions.Listener::name).toList());
    names.set(0, "");
    return EmitterOptions.from(settings.json(), names)
        .<Future<?>>map(options -> vertx.deployVerticle(new EmitterVerticle(StoreOptions.from(settings.json()), options)))
        .orElse(Future.succeededFuture());
  }

  private Future<?> deployGateways(Settings settings, JsonObject config) {
    return vertx.deployVerticle(GatewayVerticle.class, new DeploymentOptions().setConfig(config).setInstances(settings.gatewayInstances()));
  }

  private static void describe(GatewayOptions gateway) {
    log.info("accepting engine.io={} origins=same,loopback{}", gateway.engine().allowEio3() ? "3,4" : "4",
        gateway.http().origins().isEmpty() ? "" : "," + String.join(",", gateway.http().origins()));
  }
}
