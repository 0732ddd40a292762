package dev.magpie;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * The tables "from socket.io" and "from netty-socketio": they have each call of the public API of those, and the Java beside it compiles. A
 * row is {@code | their call | ours, or a dash | a note, needed after a dash |}.
 */
class MigrationPagesTest {
  private static final Path SITE = Path.of("src/site/markdown");
  private static final Pattern ROW = Pattern.compile("(?m)^\\| (`.*?) \\| (.*?) \\| (.*?) ?\\|$");
  private static final Pattern CODE = Pattern.compile("`([^`]+)`");
  private static final String NONE = "—";

  /** What the pages say of the names in their Java. */
  private static final String GIVEN = """
      Vertx vertx; Router router; Io io; Namespace namespace; Socket socket; IoOptions options; ConnectContext joining; RemoteSocket remote;
      Handshake handshake; Ack ack; JsonArray arguments; HttpServerOptions http; Consumer<JsonArray> handler;
      BiConsumer<String, JsonArray> any;
      """;

  /** By heading, as in the type definitions of socket.io 4.8.3, engine.io 6.6 and socket.io-adapter 2.5. */
  private static final Map<String, String> SOCKET_IO = Map.of(
      "Setting up", "Server attach listen attachApp bind path serveClient connectTimeout adapter parser connectionStateRecovery "
          + "maxDisconnectionDuration skipMiddlewares cleanupEmptyChildNamespaces pingInterval pingTimeout upgradeTimeout "
          + "maxHttpBufferSize httpRequestBodyTimeout allowRequest transports allowUpgrades perMessageDeflate httpCompression "
          + "maxBufferedChunks wsEngine initialPacket cookie cors allowEIO3 destroyUpgrade destroyUpgradeTimeout addTrailingSlash",
      "Server", "of sockets engine httpServer encoder close new_namespace use clientsCount generateId opts handleRequest handleUpgrade "
          + "onWebTransportSession connection_error initial_headers headers",
      "Namespace", "name server sockets adapter use connection connect on emit send write to in except local volatile compress timeout "
          + "emitWithAck fetchSockets allSockets socketsJoin socketsLeave disconnectSockets serverSideEmit serverSideEmitWithAck "
          + "createChild",
      "Socket", "id nsp handshake data recovered connected disconnected rooms client conn protocol transport remoteAddress readyState "
          + "upgraded upgrading close send write upgrade packet packetCreate message heartbeat drain flush request emit emitWithAck "
          + "timeout to in except broadcast local volatile compress join leave disconnect use on once off removeListener "
          + "removeAllListeners prependListener prependOnceListener listeners rawListeners listenerCount eventNames setMaxListeners "
          + "getMaxListeners newListener onAny prependAny offAny listenersAny onAnyOutgoing prependAnyOutgoing offAnyOutgoing "
          + "listenersAnyOutgoing disconnecting error",
      "Handshake", "headers query auth address secure time issued url xdomain",
      "Broadcasts", "to in except compress volatile local timeout emit emitWithAck allSockets fetchSockets socketsJoin socketsLeave "
          + "disconnectSockets",
      "RemoteSocket", "id handshake rooms data emit timeout join leave disconnect",
      "Adapter", "rooms sids serverCount addAll del delAll broadcast broadcastWithAck sockets socketRooms fetchSockets addSockets "
          + "delSockets disconnectSockets serverSideEmit persistSession restoreSession init close create-room delete-room join-room "
          + "leave-room");

  /** By heading, as in netty-socketio 2.0.13, of whose properties the setters. */
  private static final Map<String, String> NETTY_SOCKETIO = Map.of(
      "SocketIOServer", "SocketIOServer start startAsync stop addNamespace getNamespace removeNamespace getAllNamespaces getConfiguration "
          + "setPipelineFactory",
      "SocketIONamespace", "getName getBroadcastOperations getRoomOperations getAllClients getClient addConnectListener "
          + "addDisconnectListener addEventListener addMultiTypeEventListener addEventInterceptor removeAllListeners addPingListener "
          + "addPongListener addListeners addAuthTokenListener",
      "SocketIOClient", "getSessionId getHandshakeData getNamespace getTransport getEngineIOVersion getRemoteAddress isChannelOpen "
          + "isWritable sendEvent send disconnect joinRoom joinRooms leaveRoom leaveRooms getAllRooms getCurrentRoomSize set get has del",
      "BroadcastOperations", "sendEvent send getClients disconnect",
      "Acknowledgements", "isAckRequested sendAckData AckCallback onSuccess onTimeout VoidAckCallback MultiTypeAckCallback "
          + "BroadcastAckCallback onClientSuccess onClientTimeout onAllSuccess MultiTypeArgs AUTO AUTO_SUCCESS_ONLY MANUAL",
      "HandshakeData and authorization", "getHttpHeaders getUrlParams getSingleUrlParam getAddress getLocal getUrl getTime isXdomain "
          + "getAuthToken setAuthToken AuthorizationListener AuthorizationResult AuthTokenResult",
      "Annotations and ExceptionListener", "OnConnect OnDisconnect OnEvent SpringAnnotationScanner onEventException onConnectException "
          + "onDisconnectException onAuthException onPingException onPongException exceptionCaught",
      "Configuration", "setJsonSupport setHostname setPort setBossThreads setWorkerThreads setPingInterval setPingTimeout "
          + "isHeartbeatsEnabled setContext setAllowCustomRequests setKeyStorePassword setKeyStore setKeyStoreFormat "
          + "setMaxHttpContentLength setTransports setPackagePrefix setPreferDirectBuffer setStoreFactory setAuthorizationListener "
          + "setExceptionListener setSocketConfig setAckMode setTrustStoreFormat setTrustStore setTrustStorePassword "
          + "setKeyManagerFactoryAlgorithm setMaxFramePayloadLength setUpgradeTimeout setAddVersionHeader setOrigin setEnableCors "
          + "setUseLinuxNativeEpoll setSSLProtocol setAllowHeaders setFirstDataTimeout setHttpCompression setWebsocketCompression "
          + "setRandomSession setNeedClientAuth setHttpRequestDecoderConfiguration setTcpNoDelay setTcpSendBufferSize "
          + "setTcpReceiveBufferSize setTcpKeepAlive setSoLinger setReuseAddress setAcceptBackLog setWriteBufferWaterMarkLow "
          + "setWriteBufferWaterMarkHigh setMaxInitialLineLength setMaxHeaderSize setMaxChunkSize");

  @TempDir
  Path classes;

  private record Row(String theirs, String ours, String note) {}

  @ParameterizedTest
  @ValueSource(strings = {"from-socket-io.md", "from-netty-socketio.md"})
  void theJavaOfTheTablesCompiles(String page) throws IOException {
    StringBuilder type = new StringBuilder("class Rows {\n" + GIVEN + "void run() throws Exception {\n");
    for (Row row : rows(Files.readString(SITE.resolve(page))))
      for (String code : codes(row.ours)) type.append("{ ").append(code).append("; }\n");
    assertThat(JavaOfPages.compile("```java\n" + type + "}\n}\n```\n", classes)).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(strings = {"from-socket-io.md", "from-netty-socketio.md"})
  void eachRowHasACounterpartOrSaysWhyThereIsNone(String page) throws IOException {
    List<Row> rows = rows(Files.readString(SITE.resolve(page)));
    assertThat(rows).hasSizeGreaterThan(50);
    for (Row row : rows) {
      if (row.ours.equals(NONE)) assertThat(row.note).as(row.theirs).isNotBlank();
      else assertThat(codes(row.ours)).as(row.theirs).isNotEmpty();
    }
  }

  @Test
  void eachCallOfSocketIoHasARow() throws IOException {
    assertThat(missing("from-socket-io.md", SOCKET_IO)).isEmpty();
  }

  @Test
  void eachCallOfNettySocketIoHasARow() throws IOException {
    assertThat(missing("from-netty-socketio.md", NETTY_SOCKETIO)).isEmpty();
  }

  @Test
  void aCallWithoutARowIsFound() throws IOException {
    assertThat(missing("from-socket-io.md", Map.of("Server", "of teleport", "Hub", "open")))
        .containsExactlyInAnyOrder("Server: teleport", "Hub: open");
  }

  private static List<String> missing(String page, Map<String, String> calls) throws IOException {
    Map<String, String> tables = new LinkedHashMap<>();
    for (String section : Files.readString(SITE.resolve(page)).split("(?m)^## ")) {
      String theirs = String.join(" ", rows(section).stream().map(row -> String.join(" ", codes(row.theirs))).toList());
      tables.put(section.lines().findFirst().orElse(""), theirs);
    }
    List<String> missing = new ArrayList<>();
    calls.forEach((heading, names) -> {
      for (String name : names.split(" "))
        if (!Pattern.compile("\\b" + name + "\\b").matcher(tables.getOrDefault(heading, "")).find()) missing.add(heading + ": " + name);
    });
    return missing;
  }

  private static List<Row> rows(String text) {
    return ROW.matcher(text).results().map(row -> new Row(row.group(1), row.group(2), row.group(3))).toList();
  }

  private static List<String> codes(String cell) {
    return CODE.matcher(cell).results().map((MatchResult code) -> code.group(1)).toList();
  }
}
