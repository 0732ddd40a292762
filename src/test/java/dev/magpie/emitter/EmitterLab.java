package dev.magpie.emitter;

import static dev.magpie.testing.Await.await;

import de.bwaldvogel.mongo.MongoServer;
import de.bwaldvogel.mongo.backend.h2.H2Backend;
import dev.magpie.core.Io;
import dev.magpie.core.IoOptions;
import dev.magpie.store.StoreOptions;
import dev.magpie.testing.Await;
import dev.magpie.testing.EngineWebSocketClient;
import dev.magpie.testing.MountedIo;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import io.vertx.ext.mongo.MongoClient;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import org.h2.mvstore.MVStore;

/**
 * Two instances that share a process, their clients, and a database that tells of changes: in memory, of a program that is no replica set
 * and keeps an oplog all the same. Owned by one test.
 */
final class EmitterLab implements AutoCloseable {
  static final String COLLECTION = "socket.io-adapter-events";
  static final String DATABASE = "emitters";

  final Vertx vertx = Vertx.vertx();
  final MongoServer server;
  final String address;
  final List<MountedIo> instances = new ArrayList<>();
  private final List<EngineWebSocketClient> clients = new ArrayList<>();
  private final MongoClient backend;

  private EmitterLab(boolean oplog) {
    H2Backend data = new H2Backend(MVStore.open(null));
    if (oplog) data.enableOplog();
    server = new MongoServer(data);
    address = server.bindAndGetConnectionString();
    backend = MongoClient.create(vertx, new JsonObject().put("connection_string", address).put("db_name", DATABASE));
  }

  /** @param application of each instance */
  static EmitterLab start(Consumer<Io> application) {
    EmitterLab lab = new EmitterLab(true);
    for (int i = 0; i < 2; i++) lab.instances.add(MountedIo.start(lab.vertx, new IoOptions(), application));
    return lab;
  }

  /** Without instances: for a server that is a process. */
  static EmitterLab database() {
    return new EmitterLab(true);
  }

  static EmitterLab withoutChangeStreams() {
    return new EmitterLab(false);
  }

  /** @param through the server's address, or one that leads there */
  EmitterVerticle deploy(String through) {
    EmitterOptions options = new EmitterOptions(COLLECTION, Optional.of(DATABASE), List.of(""));
    EmitterVerticle verticle = new EmitterVerticle(new StoreOptions(Optional.of(through), "other", Path.of("data")), options);
    await(vertx.deployVerticle(verticle));
    return verticle;
  }

  /** Begins to follow the collection. Returns when it is followed, and these members of the main namespace have read what led to that. */
  EmitterVerticle follow(String through, EngineWebSocketClient... members) {
    EmitterVerticle verticle = deploy(through);
    // This server does not tell since when it tells of changes.
    Await.until("documents are followed", () -> {
      insert(event("warm"));
      return verticle.followed() > 0;
    });
    insert(event("begin"));
    for (EngineWebSocketClient member : members) {
      for (String heard = ""; !heard.equals("42[\"begin\"]"); ) heard = (String) member.receive();
    }
    return verticle;
  }

  /** A member of the namespace at one instance, who has read what it was told when it connected. */
  EngineWebSocketClient client(int instance, String namespace) {
    EngineWebSocketClient client = EngineWebSocketClient.connect(instances.get(instance).port);
    clients.add(client);
    client.expectOpen();
    String of = namespace.equals("/") ? "" : namespace + ",";
    client.send("40" + of);
    client.expectStart("40" + of);
    return client;
  }

  void insert(JsonObject document) {
    await(backend.insert(COLLECTION, document));
  }

  /** As an emitter does. */
  static JsonObject document(int type, JsonObject data) {
    return new JsonObject().put("type", type).put("data", data).put("uid", "emitter").put("nsp", "/");
  }

  static JsonObject event(String... event) {
    JsonObject packet = new JsonObject().put("type", 2).put("data", new JsonArray(List.of(event))).put("nsp", "/");
    return document(3, new JsonObject().put("packet", packet).put("opts", options()));
  }

  static JsonObject options() {
    return new JsonObject().put("rooms", new JsonArray()).put("flags", new JsonObject()).put("except", new JsonArray());
  }

  @Override
  public void close() {
    clients.forEach(EngineWebSocketClient::close);
    await(vertx.close());
    server.shutdownNow();
  }
}
