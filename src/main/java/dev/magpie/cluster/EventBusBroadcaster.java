package dev.magpie.cluster;

import dev.magpie.bus.Addresses;
import dev.magpie.core.Broadcast;
import dev.magpie.core.Broadcaster;
import dev.magpie.core.Cluster.Instance;
import io.vertx.core.Future;
import io.vertx.core.eventbus.EventBus;
import io.vertx.core.eventbus.Message;
import io.vertx.core.eventbus.MessageConsumer;
import io.vertx.core.json.JsonObject;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One publish per broadcast, at its namespace's address; each instance listens at the addresses of its namespaces, and at {@link
 * Addresses#EMIT} for what other verticles say. Owned by one instance, used on its context.
 */
final class EventBusBroadcaster implements Broadcaster {
  private static final Logger log = LoggerFactory.getLogger(EventBusBroadcaster.class);

  private final EventBus eventBus;
  private final Instance self;
  private final Map<String, MessageConsumer<?>> consumers = new HashMap<>();
  private MessageConsumer<?> verticles;

  EventBusBroadcaster(EventBus eventBus, Instance self) {
    this.eventBus = eventBus;
    this.self = self;
  }

  /** Subscribes to the address for other verticles. */
  Future<Void> listen() {
    MessageConsumer<Object> consumer = eventBus.consumer(Addresses.EMIT, this::hearVerticle);
    verticles = consumer;
    return consumer.completion();
  }

  @Override
  public Future<Void> listen(String namespace) {
    MessageConsumer<Broadcast> consumer = eventBus.consumer(address(namespace), message -> self.hear(message.body()));
    consumers.put(namespace, consumer);
    return consumer.completion();
  }

  @Override
  public void forget(String namespace) {
    MessageConsumer<?> consumer = consumers.remove(namespace);
    if (consumer != null) consumer.unregister();
  }

  @Override
  public void publish(Broadcast broadcast) {
    eventBus.publish(address(broadcast.namespace()), broadcast);
  }

  Future<Void> leave() {
    List<Future<Void>> unregistered = new ArrayList<>();
    consumers.values().forEach(consumer -> unregistered.add(consumer.unregister()));
    consumers.clear();
    if (verticles != null) unregistered.add(verticles.unregister());
    return Future.join(unregistered).mapEmpty();
  }

  private String address(String namespace) {
    return Addresses.namespace(self.name() + namespace);
  }

  /** Invalid input of a verticle is logged and refused, and nothing is emitted. */
  private void hearVerticle(Message<Object> message) {
    try {
      if (!(message.body() instanceof JsonObject json))
        throw new IllegalArgumentException("a JSON object {namespace, rooms, users, except, event, args, latest, retain}");
      Broadcast heard = Broadcast.fromJson(json);
      self.hear(message.isSend() ? heard.heardByOne() : heard);
      // A request is acknowledged; a publish has no reply address.
      if (message.replyAddress() != null) message.reply(null);
    } catch (IllegalArgumentException wrong) {
      log.warn("refused at {}: {}", Addresses.EMIT, wrong.getMessage());
      if (message.replyAddress() != null) message.fail(400, wrong.getMessage());
    }
  }
}
