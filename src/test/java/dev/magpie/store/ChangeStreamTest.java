package dev.magpie.store;

import static dev.magpie.testing.Await.await;
import static org.assertj.core.api.Assertions.assertThat;

import com.mongodb.client.model.changestream.UpdateDescription;
import de.bwaldvogel.mongo.MongoServer;
import de.bwaldvogel.mongo.backend.h2.H2Backend;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonObject;
import io.vertx.ext.mongo.MongoClient;
import io.vertx.junit5.VertxExtension;
import java.lang.reflect.Proxy;
import java.util.List;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BiFunction;
import org.bson.BsonDocument;
import org.h2.mvstore.MVStore;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;

/**
 * What a change stream's documents say to the feed, and what the stream does on a server that has one: here a program's own, in memory,
 * which is no replica set, so that its first answer has to be touched up.
 */
@Timeout(60)
@ExtendWith(VertxExtension.class)
class ChangeStreamTest {
  private static final BsonDocument KEY = BsonDocument.parse("{\"_id\":{\"$oid\":\"5d0a7c3e8f1b2a3c4d5e0001\"}}");

  @Test
  void aChangedArticleIsHintedByItsId() {
    assertThat(ChangeStream.ids(KEY, null)).contains(List.of("5d0a7c3e8f1b2a3c4d5e0001"));
    assertThat(ChangeStream.ids(BsonDocument.parse("{\"_id\":\"own\"}"), update("{\"title\":\"x\",\"hits\":1}"))).contains(List.of("own"));
  }

  @Test
  void countingIsNoChange() {
    assertThat(ChangeStream.ids(KEY, update("{\"hits\":1}"))).isEmpty();
    assertThat(ChangeStream.ids(KEY, update("{\"helpful\":1,\"unhelpful\":2,\"chosen\":3}"))).isEmpty();
  }

  @Test
  void whatNamesNoArticleAsksForAFullLook() {
    assertThat(ChangeStream.ids(null, null)).contains(List.of());
    assertThat(ChangeStream.ids(BsonDocument.parse("{\"_id\":7}"), null)).contains(List.of());
  }

  @Test
  void aServerThatTellsOfChangesIsHeard(Vertx vertx) throws Exception {
    H2Backend backend = new H2Backend(MVStore.open(null));
    backend.enableOplog();
    MongoServer server = new MongoServer(backend);
    MongoClient client = client(vertx, server);
    LinkedBlockingQueue<List<String>> heard = new LinkedBlockingQueue<>();
    ChangeStream stream = new ChangeStream(asReplicaSet(client), heard::add);
    stream.openWhereThereIsOne();
    stream.openWhereThereIsOne();
    // It is open a moment after it was asked for.
    for (List<String> first = null; first == null; first = heard.poll(200, TimeUnit.MILLISECONDS)) insert(client);
    while (heard.poll(1, TimeUnit.SECONDS) != null) {
      // Those that were asked for before it was open may be told late.
    }
    String told = insert(client);
    assertThat(heard.poll(10, TimeUnit.SECONDS)).containsExactly(told);
    stream.close();
    insert(client);
    assertThat(heard.poll(500, TimeUnit.MILLISECONDS)).as("after its end").isNull();
    await(client.close());
    server.shutdownNow();
  }

  @Test
  void oneThatRefusesAfterAllIsDoneWithoutAndAskedAgainAtTheNextLook(Vertx vertx) throws Exception {
    MongoServer server = new MongoServer(new H2Backend(MVStore.open(null)));
    MongoClient client = client(vertx, server);
    AtomicInteger asked = new AtomicInteger();
    MongoClient counting = proxy(asReplicaSet(client), (method, answer) -> {
      if (method.equals("watch")) asked.incrementAndGet();
      return answer;
    });
    ChangeStream stream = new ChangeStream(counting, ids -> {});
    while (asked.get() < 3) {
      stream.openWhereThereIsOne();
      Thread.sleep(20);
    }
    stream.close();
    await(client.close());
    server.shutdownNow();
  }

  @Test
  void aServerThatStandsAloneIsNotAskedToTell(Vertx vertx) throws Exception {
    MongoServer server = new MongoServer(new H2Backend(MVStore.open(null)));
    MongoClient client = client(vertx, server);
    ChangeStream stream = new ChangeStream(proxy(client, (method, answer) -> {
      if (method.equals("watch")) throw new AssertionError("asked");
      return answer;
    }), ids -> {});
    stream.openWhereThereIsOne();
    stream.close();
    await(client.close());
    server.shutdownNow();
  }

  private static MongoClient client(Vertx vertx, MongoServer server) {
    return MongoClient.create(vertx,
        new JsonObject().put("connection_string", server.bindAndGetConnectionString()).put("db_name", "test").put("useObjectId", true));
  }

  private static String insert(MongoClient client) throws Exception {
    return await(client.insert("article", new JsonObject().put("title", "x")));
  }

  private static MongoClient asReplicaSet(MongoClient client) {
    return proxy(client, (method,
        answer) -> method.equals("runCommand") ? ((Future<?>) answer).map(hello -> ((JsonObject) hello).copy().put("setName", "rs0"))
        : answer);
  }

  private static MongoClient proxy(MongoClient client, BiFunction<String, Object, Object> change) {
    return (MongoClient) Proxy.newProxyInstance(MongoClient.class.getClassLoader(), new Class<?>[] {MongoClient.class},
        (proxy, method, arguments) -> change.apply(method.getName(), method.invoke(client, arguments)));
  }

  private static UpdateDescription update(String fields) {
    return new UpdateDescription(List.of(), BsonDocument.parse(fields));
  }
}
