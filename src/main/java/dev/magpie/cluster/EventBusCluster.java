package dev.magpie.cluster;

import dev.magpie.core.Broadcast;
import dev.magpie.core.Broadcaster;
import dev.magpie.core.Cluster;
import dev.magpie.core.ClusterQueries;
import dev.magpie.core.ClusterQuestion;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.eventbus.EventBus;

/** One instance's membership, over the event bus. Owned by the instance, used on its context. */
public final class EventBusCluster implements Cluster {
  private final EventBus eventBus;
  private final Instances instances;
  private final EventBusBroadcaster broadcaster;
  private final EventBusQueries queries;

  private EventBusCluster(Vertx vertx, Instance self) {
    this.eventBus = vertx.eventBus();
    this.instances = new Instances(vertx, self);
    this.broadcaster = new EventBusBroadcaster(eventBus, self);
    this.queries = new EventBusQueries(eventBus, self, instances);
  }

  @Override
  public Future<Void> enter() {
    // Queries are answered before the instance is announced.
    return Future.all(broadcaster.listen(), queries.listen()).compose(listening -> instances.enter());
  }

  @Override
  public Future<Void> leave() {
    return Future.join(instances.leave(), queries.leave(), broadcaster.leave()).mapEmpty();
  }

  @Override
  public Broadcaster broadcaster() {
    return broadcaster;
  }

  @Override
  public ClusterQueries queries() {
    return queries;
  }

  /** What the {@link java.util.ServiceLoader} finds. */
  public static final class Provider implements Cluster.Provider {
    @Override
    public Cluster join(Vertx vertx, Instance self) {
      BusCodec.register(vertx.eventBus(), Broadcast.class, Wire::write, Wire::readBroadcast);
      BusCodec.register(vertx.eventBus(), ClusterQuestion.class, Wire::write, Wire::readQuestion);
      BusCodec.register(vertx.eventBus(), Reply.class, Wire::write, Wire::readReply);
      return new EventBusCluster(vertx, self);
    }
  }
}
