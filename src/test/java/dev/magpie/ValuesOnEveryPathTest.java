package dev.magpie;

import static dev.magpie.testing.Await.await;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import dev.magpie.bus.Addresses;
import dev.magpie.bus.Emit;
import dev.magpie.core.Io;
import dev.magpie.core.IoOptions;
import dev.magpie.core.Namespace;
import dev.magpie.core.Socket;
import dev.magpie.log.LogEntry;
import dev.magpie.log.Recovery;
import dev.magpie.protocol.DecoderLimits;
import dev.magpie.protocol.MsgpackFormat;
import dev.magpie.protocol.Packet;
import dev.magpie.protocol.PacketDecoder;
import dev.magpie.protocol.PacketType;
import dev.magpie.protocol.Parser;
import dev.magpie.protocol.PlainJsonFormat;
import dev.magpie.protocol.SocketIoFormat;
import dev.magpie.protocol.Values;
import dev.magpie.testing.EnginePollingClient;
import dev.magpie.testing.EngineWebSocketClient;
import io.vertx.core.DeploymentOptions;
import io.vertx.core.Future;
import io.vertx.core.VerticleBase;
import io.vertx.core.Vertx;
import io.vertx.core.VertxOptions;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpServer;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import io.vertx.ext.web.Router;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.Period;
import java.time.ZoneId;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.Date;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Queue;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/** Every Java value that an application may send arrives as the same JSON and the same bytes, on every path and over every transport. */
class ValuesOnEveryPathTest {
  enum Colour {
    RED, GREEN;

    @Override
    public String toString() {
      return name().toLowerCase(java.util.Locale.ROOT);
    }
  }

  record Part(int number, byte[] data) {}

  record Order(
      String name, LocalDate day, Optional<String> note, Optional<Part> part, OptionalInt count, Date made, Duration took, ZoneId zone,
      UUID id, Colour colour, int[] sizes, Set<Long> set, BigDecimal price, float share, Buffer buffer, ByteBuffer bytes, List<Part> parts,
      JsonObject json, JsonArray array, Map<Colour, Instant> times, byte[][] pages) {}

  @SuppressWarnings("unused")
  static final class Bean {
    public String getName() {
      return "bean";
    }

    public byte[] getData() {
      return bytes(9);
    }
  }

  private static final UUID ID = UUID.fromString("6c84fb90-12c4-11e1-840d-7b25c5ee775a");

  private static byte[] bytes(int... values) {
    byte[] bytes = new byte[values.length];
    for (int i = 0; i < values.length; i++) bytes[i] = (byte) values[i];
    return bytes;
  }

  private static Buffer buffer(int... values) {
    return Buffer.buffer(bytes(values));
  }

  /** What is sent, and what arrives. */
  private static final List<Object> SENT = new ArrayList<>();
  private static final List<Object> ARRIVED = new ArrayList<>();

  private static void value(Object sent, Object arrived) {
    SENT.add(sent);
    ARRIVED.add(arrived);
  }

  static {
    value(null, null);
    value("text", "text");
    value(new StringBuilder("built"), "built");
    value('c', "c");
    value(true, true);
    value((byte) 1, 1);
    value((short) 2, 2);
    value(3, 3);
    value(9007199254740993L, 9007199254740993L);
    value(0.1f, 0.1);
    value(1.5, 1.5);
    value(new BigInteger("123456789012345678901234567890"), new BigInteger("123456789012345678901234567890"));
    value(new BigDecimal("12345678901234567890.12345678901"), new BigDecimal("12345678901234567890.12345678901"));
    value(new AtomicInteger(4), 4);
    value(new int[] {1, 2}, new JsonArray().add(1).add(2));
    value(new long[] {9007199254740993L}, new JsonArray().add(9007199254740993L));
    value(new double[] {0.5}, new JsonArray().add(0.5));
    value(new boolean[] {true}, new JsonArray().add(true));
    value(new char[] {'a', 'b'}, "ab");
    value(new String[] {"a"}, new JsonArray().add("a"));
    value(new Object[] {1, new Part(2, bytes(3))}, new JsonArray().add(1).add(part(2, 3)));
    value(List.of(1, "a"), new JsonArray().add(1).add("a"));
    value(Set.of(1), new JsonArray().add(1));
    value(new ArrayDeque<>(List.of(1, 2)), new JsonArray().add(1).add(2));
    value(Map.of("a", new Part(1, bytes(1))), new JsonObject().put("a", part(1, 1)));
    value(Map.of(7, "seven"), new JsonObject().put("7", "seven"));
    value(new EnumMap<>(Map.of(Colour.RED, 1)), new JsonObject().put("RED", 1));
    value(Map.of(LocalDate.of(2026, 1, 2), 1), new JsonObject().put("2026-01-02", 1));
    value(new JsonObject().put("a", 1).put("part", new Part(1, bytes(1))), new JsonObject().put("a", 1).put("part", part(1, 1)));
    value(new JsonArray().add(1).add(Set.of(2)), new JsonArray().add(1).add(new JsonArray().add(2)));
    value(JsonNodeFactory.instance.objectNode().put("a", 1).put("b", bytes(1)), new JsonObject().put("a", 1).put("b", buffer(1)));
    value(JsonNodeFactory.instance.arrayNode().add(1), new JsonArray().add(1));
    value(JsonNodeFactory.instance.textNode("node"), "node");
    value(buffer(1, 2), buffer(1, 2));
    value(bytes(1, 2), buffer(1, 2));
    value(ByteBuffer.wrap(bytes(0, 1, 2, 0), 1, 2), buffer(1, 2));
    value(ByteBuffer.wrap(bytes(0, 1, 2, 0), 1, 2).slice().asReadOnlyBuffer(), buffer(1, 2));
    value(Optional.of(new Part(1, bytes(1))), part(1, 1));
    value(Optional.empty(), null);
    value(Optional.of(bytes(1)), buffer(1));
    value(OptionalInt.of(5), 5);
    value(Instant.parse("2026-11-27T10:00:00.123Z"), "2026-11-27T10:00:00.123Z");
    value(LocalDate.of(2026, 11, 27), "2026-11-27");
    value(LocalDateTime.of(2026, 11, 27, 10, 0), "2026-11-27T10:00");
    value(Duration.ofSeconds(90), "PT1M30S");
    value(Period.ofDays(3), "P3D");
    value(ZoneId.of("Europe/Berlin"), "Europe/Berlin");
    value(new Date(0), "1970-01-01T00:00:00.000+00:00");
    value(ID, ID.toString());
    value(Colour.RED, "RED");
    value(new Bean(), new JsonObject().put("name", "bean").put("data", buffer(9)));
    value(new Order("order", LocalDate.of(2026, 11, 27), Optional.empty(), Optional.of(new Part(1, bytes(1))), OptionalInt.of(2),
        new Date(0), Duration.ofMinutes(1), ZoneId.of("UTC"), ID, Colour.GREEN, new int[] {1}, Set.of(9007199254740993L),
        new BigDecimal("12345678901234567890.10"), 0.1f, buffer(4), ByteBuffer.wrap(bytes(0, 5), 1, 1), List.of(new Part(6, bytes(6))),
        new JsonObject().put("b", buffer(7)), new JsonArray().add(buffer(8)), Map.of(Colour.RED, Instant.EPOCH), new byte[][] {bytes(9)}),
        new JsonObject().put("name", "order").put("day", "2026-11-27").put("note", null).put("part", part(1, 1)).put("count", 2)
            .put("made", "1970-01-01T00:00:00.000+00:00").put("took", "PT1M").put("zone", "UTC").put("id", ID.toString())
            .put("colour", "GREEN").put("sizes", new JsonArray().add(1)).put("set", new JsonArray().add(9007199254740993L))
            .put("price", new BigDecimal("12345678901234567890.10")).put("share", 0.1).put("buffer", buffer(4)).put("bytes", buffer(5))
            .put("parts", new JsonArray().add(part(6, 6))).put("json", new JsonObject().put("b", buffer(7)))
            .put("array", new JsonArray().add(buffer(8))).put("times", new JsonObject().put("RED", "1970-01-01T00:00:00Z"))
            .put("pages", new JsonArray().add(buffer(9))));
  }

  private static JsonObject part(int number, int data) {
    return new JsonObject().put("number", number).put("data", buffer(data));
  }

  /** How a value is said: as the event {@code said} with its number and the value, or as the acknowledgement of {@code ask}. */
  enum Path {
    SOCKET_EMIT, SOCKET_EMIT_FROM_ANOTHER_THREAD, SOCKET_LATEST, SOCKET_EMIT_WITH_ACK, IO_EMIT, IO_EMIT_FROM_ANOTHER_THREAD, ROOM,
    BROADCAST_WITH_ACK, REMOTE_SOCKET, BUS, LOG, ACK, ON_ACK, ON_BLOCKING;

    boolean isAcknowledgement() {
      return this == ACK || this == ON_ACK || this == ON_BLOCKING;
    }
  }

  enum Transport { WEBSOCKET, POLLING, WEBSOCKET_3, POLLING_3, MSGPACK, PLAIN, MAGPIE_V1 }

  private static Vertx vertx;
  private static int port;

  @BeforeAll
  static void start() throws Exception {
    vertx = Vertx.vertx(new VertxOptions().setEventLoopPoolSize(3));
    AtomicInteger bound = new AtomicInteger();
    await(vertx.deployVerticle(() -> new Server(bound), new DeploymentOptions().setInstances(2)));
    port = bound.get();
  }

  @AfterAll
  static void stop() throws Exception {
    await(vertx.close());
  }

  private static final class Server extends VerticleBase {
    private final AtomicInteger bound;

    Server(AtomicInteger bound) {
      this.bound = bound;
    }

    @Override
    public Future<?> start() {
      Router router = Router.router(vertx);
      Io io = Io.create(vertx, new IoOptions());
      // Instances of one name: what one broadcasts, the other sends in its own format.
      Io msgpack = Io.create(vertx, new IoOptions().setParser(Parser.MSGPACK));
      talk(msgpack.mount(router, "/msgpack"));
      talk(io.mount(router, "/socket.io").mountPlain(router, "/ws"));
      return Future.all(io.ready(), msgpack.ready())
          .compose(ready -> vertx.createHttpServer().requestHandler(router).listen(-1, "127.0.0.1"))
          .map(HttpServer::actualPort)
          .onSuccess(bound::set);
    }

    private void talk(Io io) {
      io.of("/kept").recoverable(Recovery.MEMORY);
      for (String name : List.of("/", "/kept")) {
        Namespace namespace = io.of(name);
        namespace.onConnection(socket -> {
          socket.on("say", args -> say(namespace, socket, Path.valueOf(args.getString(0))));
          socket.on("join", args -> {
            socket.join(args.getString(0));
            socket.emit("joined");
          });
          socket.on("say to", (args, ack) -> sayTo(namespace, args.getString(0), Path.valueOf(args.getString(1)))
              .onSuccess(said -> ack.send()));
          socket.on("ACK", (args, ack) -> ack.send(args.getInteger(0), SENT.get(args.getInteger(0))));
          socket.onAck("ON_ACK", Integer.class, number -> Future.succeededFuture(SENT.get(number)));
          socket.onBlocking("ON_BLOCKING", Integer.class, SENT::get);
        });
      }
    }

    private void say(Namespace namespace, Socket socket, Path path) {
      socket.join("room of " + socket.id());
      for (int i = 0; i < SENT.size(); i++) say(namespace, socket, path, i, SENT.get(i));
    }

    private void say(Namespace namespace, Socket socket, Path path, Object... args) {
      switch (path) {
        case SOCKET_EMIT -> socket.emit("said", args);
        case SOCKET_EMIT_FROM_ANOTHER_THREAD -> thread(() -> socket.emit("said", args));
        case SOCKET_LATEST -> socket.latest("key " + args[0]).emit("said", args);
        case SOCKET_EMIT_WITH_ACK -> socket.emitWithAck("said", args);
        case IO_EMIT -> namespace.emit("said", args);
        case IO_EMIT_FROM_ANOTHER_THREAD -> thread(() -> namespace.emit("said", args));
        case ROOM -> namespace.to("room of " + socket.id()).emit("said", args);
        case BROADCAST_WITH_ACK -> namespace.to(socket.id()).emitWithAck("said", args);
        case REMOTE_SOCKET -> namespace.local().to(socket.id()).fetchSockets()
            .onSuccess(found -> found.results().get(0).emit("said", args));
        case BUS -> vertx.eventBus().publish(Addresses.EMIT,
            Emit.to(socket.id()).in(namespace.name()).event("said", args).toJson());
        case LOG -> namespace.append(LogEntry.to(socket.id()).event("said", args));
        case ACK, ON_ACK, ON_BLOCKING -> throw new IllegalArgumentException(path + " is an acknowledgement");
      }
    }

    /** To a client that has lost its connection. */
    private Future<?> sayTo(Namespace namespace, String id, Path path) {
      Future<?> last = Future.succeededFuture();
      for (int i = 0; i < SENT.size(); i++) {
        Object[] args = {i, SENT.get(i)};
        switch (path) {
          case IO_EMIT -> namespace.emit("said", args);
          case ROOM -> namespace.to("missed").emit("said", args);
          case BUS -> vertx.eventBus().publish(Addresses.EMIT, Emit.to(id).in(namespace.name()).event("said", args).toJson());
          default -> last = namespace.append(LogEntry.to(id).event("said", args));
        }
      }
      // Behind all of them.
      return path == Path.LOG ? last : namespace.append(LogEntry.to("nobody").event("end"));
    }

    private static void thread(Runnable action) {
      Thread thread = new Thread(action);
      thread.start();
      try {
        thread.join();
      } catch (InterruptedException e) {
        throw new IllegalStateException(e);
      }
    }
  }

  /** A client that reads packets, whatever carries them. */
  private abstract static class Peer implements AutoCloseable {
    static Peer connect(Transport transport, String namespace) {
      Peer peer = switch (transport) {
        case WEBSOCKET -> new WebSocketPeer("/socket.io/?EIO=4&transport=websocket", SocketIoFormat.V5, namespace);
        case WEBSOCKET_3 -> new WebSocketPeer("/socket.io/?EIO=3&transport=websocket", SocketIoFormat.V4, namespace);
        case MSGPACK -> new MsgpackPeer(namespace);
        case POLLING -> new PollingPeer(4, namespace);
        case POLLING_3 -> new PollingPeer(3, namespace);
        case PLAIN -> new PlainPeer(PlainJsonFormat.ARRAYS, Map.of(), namespace);
        case MAGPIE_V1 -> new PlainPeer(PlainJsonFormat.MAGPIE_V1, Map.of("Sec-WebSocket-Protocol", "magpie.v1"), namespace);
      };
      peer.join();
      return peer;
    }

    abstract void join();

    abstract void send(Packet packet);

    /** The next packet. */
    abstract Packet next();

    @Override
    public void close() {}
  }

  private static class WebSocketPeer extends Peer {
    final EngineWebSocketClient client;
    final SocketIoFormat format;
    final PacketDecoder decoder;
    final String namespace;

    WebSocketPeer(String uri, SocketIoFormat format, String namespace) {
      this.client = EngineWebSocketClient.connect(port, uri);
      this.format = format;
      this.decoder = format.newDecoder(DecoderLimits.DEFAULT);
      this.namespace = namespace;
    }

    @Override
    void join() {
      join(null);
    }

    /** @return what the server answers: {@code sid} and, where it recovers, {@code pid} */
    JsonObject join(JsonObject payload) {
      client.expectOpen();
      if (format == SocketIoFormat.V5 || !namespace.equals("/")) send(Packet.connect(namespace, payload));
      while (true) {
        Packet packet = next();
        if (packet.type() == PacketType.CONNECT && packet.namespace().equals(namespace)) return (JsonObject) packet.data();
      }
    }

    @Override
    void send(Packet packet) {
      client.send("4" + format.encode(packet).text());
    }

    @Override
    Packet next() {
      while (true) {
        Object frame = client.receive();
        Optional<Packet> packet = frame instanceof String text ? decoder.text(text.substring(1))
            : decoder.binary(attachment((Buffer) frame));
        if (packet.isPresent()) return packet.get();
      }
    }

    /** Engine.IO 3 puts the packet's type before it. */
    private Buffer attachment(Buffer frame) {
      return format == SocketIoFormat.V4 ? frame.slice(1, frame.length()) : frame;
    }

    @Override
    public void close() {
      client.close();
    }
  }

  private static final class MsgpackPeer extends Peer {
    private final EngineWebSocketClient client = EngineWebSocketClient.connect(port, "/msgpack/?EIO=4&transport=websocket");
    private final PacketDecoder decoder = MsgpackFormat.V5.newDecoder(DecoderLimits.DEFAULT);
    private final String namespace;

    MsgpackPeer(String namespace) {
      this.namespace = namespace;
    }

    @Override
    void join() {
      client.expectOpen();
      send(Packet.connect(namespace, null));
      assertThat(next().type()).isEqualTo(PacketType.CONNECT);
    }

    @Override
    void send(Packet packet) {
      client.send(MsgpackFormat.V5.encode(packet).attachments().get(0));
    }

    @Override
    Packet next() {
      return decoder.binary((Buffer) client.receive()).orElseThrow();
    }

    @Override
    public void close() {
      client.close();
    }
  }

  private static final class PollingPeer extends Peer {
    private final EnginePollingClient client;
    private final SocketIoFormat format;
    private final PacketDecoder decoder;
    private final String namespace;
    private final Queue<Object> received = new ArrayDeque<>();

    PollingPeer(int version, String namespace) {
      this.client = new EnginePollingClient(port, "/socket.io/", version);
      this.format = version == 3 ? SocketIoFormat.V4 : SocketIoFormat.V5;
      this.decoder = format.newDecoder(DecoderLimits.DEFAULT);
      this.namespace = namespace;
    }

    @Override
    void join() {
      List<Object> open = client.handshake().packets();
      received.addAll(open.subList(1, open.size()));
      if (format == SocketIoFormat.V5 || !namespace.equals("/")) send(Packet.connect(namespace, null));
      while (true) {
        Packet packet = next();
        if (packet.type() == PacketType.CONNECT && packet.namespace().equals(namespace)) return;
      }
    }

    @Override
    void send(Packet packet) {
      client.send("4" + format.encode(packet).text());
    }

    @Override
    Packet next() {
      while (true) {
        while (received.isEmpty()) received.addAll(client.poll());
        Object packet = received.remove();
        if (packet instanceof String text && !text.startsWith("4")) continue;
        Optional<Packet> whole = packet instanceof String text ? decoder.text(text.substring(1)) : decoder.binary((Buffer) packet);
        if (whole.isPresent()) return whole.get();
      }
    }
  }

  private static final class PlainPeer extends Peer {
    private final EngineWebSocketClient client;
    private final PlainJsonFormat format;
    private final PacketDecoder decoder;

    PlainPeer(PlainJsonFormat format, Map<String, String> headers, String namespace) {
      this.client = EngineWebSocketClient.connect(port, "/ws?ns=" + namespace, headers);
      this.format = format;
      this.decoder = format.newDecoder(DecoderLimits.DEFAULT);
    }

    @Override
    void join() {
      if (format == PlainJsonFormat.MAGPIE_V1) {
        client.send("{\"auth\":{}}");
        client.expectStart("{\"open\":");
      }
    }

    @Override
    void send(Packet packet) {
      client.send(format.encode(packet).text());
    }

    @Override
    Packet next() {
      Object frame = client.receive();
      return (frame instanceof String text ? decoder.text(text) : decoder.binary((Buffer) frame)).orElseThrow();
    }

    @Override
    public void close() {
      client.close();
    }
  }

  static Stream<Arguments> pathsAndTransports() {
    return Arrays.stream(Path.values()).flatMap(path -> Arrays.stream(Transport.values())
        .filter(transport -> path != Path.LOG).map(transport -> Arguments.of(path, transport)));
  }

  static Stream<Arguments> pathsAndTransportsWithLog() {
    List<Transport> recovering = List.of(Transport.WEBSOCKET, Transport.POLLING, Transport.MSGPACK, Transport.MAGPIE_V1);
    return Arrays.stream(Path.values()).flatMap(path -> recovering.stream().map(transport -> Arguments.of(path, transport)));
  }

  @ParameterizedTest
  @MethodSource("pathsAndTransports")
  void aValueArrivesAsItsJson(Path path, Transport transport) {
    check(path, transport, "/");
  }

  @ParameterizedTest
  @MethodSource("pathsAndTransportsWithLog")
  void aValueArrivesAsItsJsonWhereEventsAreKept(Path path, Transport transport) {
    check(path, transport, "/kept");
  }

  @ParameterizedTest
  @EnumSource(names = {"IO_EMIT", "ROOM", "BUS", "LOG"})
  void aValueIsReplayedAsItsJson(Path path) {
    JsonObject session = new JsonObject();
    String id;
    try (WebSocketPeer gone = new WebSocketPeer("/socket.io/?EIO=4&transport=websocket", SocketIoFormat.V5, "/kept")) {
      JsonObject joined = gone.join(null);
      id = joined.getString("sid");
      gone.send(Packet.event("/kept", new JsonArray().add("join").add("missed")));
      JsonArray answer = gone.next().arguments();
      session.put("pid", joined.getString("pid")).put("offset", answer.getString(answer.size() - 1));
      gone.client.abort();
    }
    try (Peer other = Peer.connect(Transport.WEBSOCKET, "/kept")) {
      other.send(Packet.event("/kept", 1, new JsonArray().add("say to").add(id).add(path.name())));
      Packet next = other.next();
      while (next.type() != PacketType.ACK) next = other.next();
    }
    try (WebSocketPeer back = new WebSocketPeer("/socket.io/?EIO=4&transport=websocket", SocketIoFormat.V5, "/kept")) {
      assertThat(back.join(session).getString("sid")).isEqualTo(id);
      compare(path, Transport.WEBSOCKET, heard(back));
    }
  }

  private static void check(Path path, Transport transport, String namespace) {
    try (Peer peer = Peer.connect(transport, namespace)) {
      Map<Integer, String> arrived = path.isAcknowledgement() ? acknowledged(peer, path, namespace) : said(peer, path, namespace);
      compare(path, transport, arrived);
    }
  }

  private static void compare(Path path, Transport transport, Map<Integer, String> arrived) {
    for (int i = 0; i < ARRIVED.size(); i++) {
      String expected = json(ARRIVED.get(i));
      // MessagePack has numbers of 64 bits only.
      if (transport == Transport.MSGPACK && expected.contains("1234567890123456789")) continue;
      assertThat(arrived.get(i)).as("%s by %s", SENT.get(i), path).isEqualTo(expected);
    }
  }

  private static Map<Integer, String> said(Peer peer, Path path, String namespace) {
    peer.send(Packet.event(namespace, new JsonArray().add("say").add(path.name())));
    return heard(peer);
  }

  private static Map<Integer, String> heard(Peer peer) {
    Map<Integer, String> arrived = new LinkedHashMap<>();
    while (arrived.size() < SENT.size()) {
      Packet packet = peer.next();
      if (packet.type() != PacketType.EVENT || !packet.arguments().getString(0).equals("said")) continue;
      arrived.put(packet.arguments().getInteger(1), json(packet.arguments().getList().get(2)));
    }
    return arrived;
  }

  private static Map<Integer, String> acknowledged(Peer peer, Path path, String namespace) {
    for (int i = 0; i < SENT.size(); i++) peer.send(Packet.event(namespace, i, new JsonArray().add(path.name()).add(i)));
    Map<Integer, String> arrived = new LinkedHashMap<>();
    while (arrived.size() < SENT.size()) {
      Packet packet = peer.next();
      if (packet.type() != PacketType.ACK) continue;
      List<?> args = packet.arguments().getList();
      Object value = path == Path.ACK ? args.get(1) : args.isEmpty() ? null : args.get(0);
      arrived.put((int) packet.id(), json(value));
    }
    return arrived;
  }

  /** Exact, and with bytes apart from text. */
  private static String json(Object value) {
    return Values.write(new JsonArray(Collections.singletonList(value)));
  }
}
