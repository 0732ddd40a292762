package dev.magpie.store;

import de.bwaldvogel.mongo.MongoBackend;
import de.bwaldvogel.mongo.MongoServer;
import de.bwaldvogel.mongo.backend.h2.H2Backend;
import de.bwaldvogel.mongo.bson.Document;
import de.bwaldvogel.mongo.wire.message.MongoMessage;
import java.lang.reflect.Proxy;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.ConcurrentLinkedQueue;

/**
 * A MongoDB in memory that can be told to refuse writes, as a member of a set does that is no primary, and that notes what it was asked.
 * Owned by one test.
 */
public final class ReadOnlyMongo implements AutoCloseable {
  private static final Set<String> WRITES = Set.of("insert", "update", "delete", "findAndModify", "findandmodify", "create",
      "createIndexes");

  private final MongoServer server;
  private final int port;
  private final Queue<String> commands = new ConcurrentLinkedQueue<>();
  private volatile boolean refusing;

  public ReadOnlyMongo() {
    MongoBackend memory = H2Backend.inMemory();
    MongoBackend backend = (MongoBackend) Proxy.newProxyInstance(MongoBackend.class.getClassLoader(), new Class<?>[] {MongoBackend.class},
        (proxy, method, arguments) -> {
      Map.Entry<String, Object> command = arguments != null && arguments[0] instanceof MongoMessage message
          ? message.getDocument().entrySet().iterator().next() : Map.entry("", "");
      // What is asked of no collection, such as ping, has a number there.
      if (command.getValue() instanceof String collection) commands.add(command.getKey() + " " + collection);
      if (refusing && WRITES.contains(command.getKey())) {
        return new Document("ok", 0).append("code", 10107).append("codeName", "NotWritablePrimary").append("errmsg", "not primary");
      }
      try {
        return method.invoke(memory, arguments);
      } catch (java.lang.reflect.InvocationTargetException thrown) {
        throw thrown.getCause();
      }
    });
    server = new MongoServer(backend);
    port = server.bind().getPort();
  }

  public String connectionString() {
    return "mongodb://127.0.0.1:" + port;
  }

  /** The commands so far that name a collection, each as {@code <command> <collection>}. */
  public List<String> commands() {
    return commands.stream().filter(command -> !command.isBlank()).toList();
  }

  public void refuse(boolean writes) {
    refusing = writes;
  }

  @Override
  public void close() {
    server.shutdownNow();
  }
}
