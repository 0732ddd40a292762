package dev.magpie.cluster;

import dev.magpie.core.Cluster.Instance;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.eventbus.MessageConsumer;
import io.vertx.core.json.JsonObject;
import io.vertx.core.shareddata.LocalMap;
import java.util.HashMap;
import java.util.Iterator;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Set;

/**
 * Membership: the instances of this name. Those of the same process share a map, so they know each other at once; those of other nodes
 * announce themselves on the event bus every second, and expire when they leave or are silent. Owned by one instance, used on its context.
 */
final class Instances {
  private static final long ANNOUNCE_MILLIS = 1_000;
  /** Announcements that may be missed before an instance expires. */
  private static final int PATIENCE = 10;

  private final Vertx vertx;
  private final Instance self;
  private final String address;
  private final LocalMap<String, Boolean> local;
  /** Own announcements since its last one. */
  private final Map<String, Integer> remote = new HashMap<>();
  private MessageConsumer<JsonObject> consumer;
  private long timer = -1;

  Instances(Vertx vertx, Instance self) {
    this.vertx = vertx;
    this.self = self;
    this.address = "magpie.instances." + self.name();
    this.local = vertx.sharedData().getLocalMap(address);
  }

  Future<Void> enter() {
    local.put(self.id(), true);
    if (!vertx.isClustered()) return Future.succeededFuture();
    consumer = vertx.eventBus().consumer(address, message -> heard(message.body()));
    timer = vertx.setPeriodic(ANNOUNCE_MILLIS, fired -> beat());
    return consumer.completion().onSuccess(listening -> announce("arrived"));
  }

  Future<Void> leave() {
    local.remove(self.id());
    if (consumer == null) return Future.succeededFuture();
    vertx.cancelTimer(timer);
    announce("left");
    return consumer.unregister();
  }

  /** All instances but this one. */
  Set<String> others() {
    Set<String> others = new LinkedHashSet<>(local.keySet());
    others.addAll(remote.keySet());
    others.remove(self.id());
    return others;
  }

  /** It was found to be gone. */
  void forget(String id) {
    local.remove(id);
    remote.remove(id);
  }

  private void heard(JsonObject announcement) {
    String id = announcement.getString("id");
    if (local.containsKey(id)) return;
    String what = announcement.getString("what");
    if (what.equals("left")) remote.remove(id);
    else remote.put(id, 0);
    // Answers an announcement at once, so that a new instance need not wait for the next interval.
    if (what.equals("arrived")) announce("here");
  }

  private void beat() {
    announce("here");
    for (Iterator<Map.Entry<String, Integer>> each = remote.entrySet().iterator(); each.hasNext(); ) {
      Map.Entry<String, Integer> known = each.next();
      if (known.setValue(known.getValue() + 1) >= PATIENCE) each.remove();
    }
  }

  private void announce(String what) {
    vertx.eventBus().publish(address, new JsonObject().put("id", self.id()).put("what", what));
  }
}
