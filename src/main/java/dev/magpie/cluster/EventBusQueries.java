package dev.magpie.cluster;

import dev.magpie.bus.Addresses;
import dev.magpie.core.Cluster.Instance;
import dev.magpie.core.ClusterAnswers;
import dev.magpie.core.ClusterQueries;
import dev.magpie.core.ClusterQuestion;
import io.vertx.core.Future;
import io.vertx.core.eventbus.DeliveryOptions;
import io.vertx.core.eventbus.EventBus;
import io.vertx.core.eventbus.Message;
import io.vertx.core.eventbus.MessageConsumer;
import io.vertx.core.eventbus.ReplyException;
import io.vertx.core.eventbus.ReplyFailure;
import io.vertx.core.json.JsonArray;
import java.util.ArrayList;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Queries each known instance by a request, and answers their queries. Owned by one instance, used on its context. */
final class EventBusQueries implements ClusterQueries {
  /** Added to the timeout that the instance has for its own clients, for the transport of its answer. */
  private static final long GRACE_MILLIS = 500;

  private static final Logger log = LoggerFactory.getLogger(EventBusQueries.class);

  private final EventBus eventBus;
  private final Instance self;
  private final Instances instances;
  private MessageConsumer<ClusterQuestion> consumer;

  EventBusQueries(EventBus eventBus, Instance self, Instances instances) {
    this.eventBus = eventBus;
    this.self = self;
    this.instances = instances;
  }

  Future<Void> listen() {
    consumer = eventBus.consumer(address(self.id()), this::answer);
    return consumer.completion();
  }

  Future<Void> leave() {
    return consumer == null ? Future.succeededFuture() : consumer.unregister();
  }

  @Override
  public Future<ClusterAnswers<JsonArray>> ask(ClusterQuestion question) {
    List<String> asked = List.copyOf(instances.others());
    DeliveryOptions options = new DeliveryOptions().setSendTimeout(question.timeoutMillis() + GRACE_MILLIS);
    List<Future<Message<Reply>>> replies = asked.stream().map(id -> eventBus.<Reply>request(address(id), question, options)).toList();
    return Future.join(replies).transform(all -> Future.succeededFuture(collect(asked, replies)));
  }

  private ClusterAnswers<JsonArray> collect(List<String> asked, List<Future<Message<Reply>>> replies) {
    List<JsonArray> answers = new ArrayList<>();
    List<String> missing = new ArrayList<>();
    for (int i = 0; i < asked.size(); i++) {
      Future<Message<Reply>> reply = replies.get(i);
      if (reply.succeeded()) answers.add(reply.result().body().answer());
      else if (hasLeft(reply.cause())) instances.forget(asked.get(i));
      else missing.add(asked.get(i));
    }
    if (!missing.isEmpty()) log.warn("instances did not answer in time missing={}", missing);
    return new ClusterAnswers<>(answers, missing);
  }

  /** No handler at its address: the instance has left. */
  private static boolean hasLeft(Throwable failure) {
    return failure instanceof ReplyException reply && reply.failureType() == ReplyFailure.NO_HANDLERS;
  }

  private void answer(Message<ClusterQuestion> message) {
    self.answer(message.body())
        .onSuccess(answer -> message.reply(new Reply(answer)))
        .onFailure(failure -> {
          log.error("question of another instance failed kind={}", message.body().kind(), failure);
          message.fail(500, String.valueOf(failure.getMessage()));
        });
  }

  private static String address(String instance) {
    return Addresses.node(instance, "ask");
  }
}
