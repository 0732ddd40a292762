package dev.magpie.testing;

import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublisher;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/**
 * Speaks Engine.IO over long-polling as raw HTTP requests, one at a time or several at once, right or wrong. Blocking, each call bounded.
 *
 * <pre>{@code
 * var client = new EnginePollingClient(port);
 * client.handshake();
 * client.send("40");
 * assertThat(client.poll()).containsExactly("40{…}");
 * }</pre>
 */
public final class EnginePollingClient {
  static final Duration TIMEOUT = Duration.ofSeconds(20);

  // One for all tests: it has threads of its own.
  private static final HttpClient HTTP = HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).connectTimeout(TIMEOUT).build();

  private final int port;
  private final String path;
  private final int version;
  private final Map<String, String> parameters = new LinkedHashMap<>();
  private final Map<String, String> headers = new LinkedHashMap<>();
  private JsonObject open;

  /** Engine.IO 4 at {@code /socket.io/}. */
  public EnginePollingClient(int port) {
    this(port, "/socket.io/", 4);
  }

  public EnginePollingClient(int port, String path, int version) {
    this.port = port;
    this.path = path;
    this.version = version;
  }

  /** Goes with every request's query: {@code parameter("b64", "1")}; value and name are escaped already. */
  public EnginePollingClient parameter(String name, String value) {
    parameters.put(name, value);
    return this;
  }

  /** Goes with every request. */
  public EnginePollingClient header(String name, String value) {
    headers.put(name, value);
    return this;
  }

  /** An answer of the server. */
  public record Response(int status, Map<String, List<String>> headers, byte[] bytes, int version) {
    public String body() {
      return new String(bytes, StandardCharsets.UTF_8);
    }

    public JsonObject json() {
      return new JsonObject(body());
    }

    /** The first header of that name in any case. */
    public Optional<String> header(String name) {
      return headers.entrySet().stream().filter(e -> e.getKey().equalsIgnoreCase(name)).map(e -> e.getValue().get(0)).findFirst();
    }

    /** The payload's packets: strings with their type, buffers without. */
    public List<Object> packets() {
      if (version == 4) return EnginePayload.decode4(body());
      boolean binary = header("Content-Type").orElse("").startsWith("application/octet-stream");
      return binary ? EnginePayload.decode3(bytes) : EnginePayload.decode3(body());
    }
  }

  /** A request under way. */
  public static final class Pending {
    private final CompletableFuture<HttpResponse<byte[]>> future;
    private final int version;

    private Pending(CompletableFuture<HttpResponse<byte[]>> future, int version) {
      this.future = future;
      this.version = version;
    }

    public Response await() {
      try {
        HttpResponse<byte[]> response = future.get(TIMEOUT.toMillis(), TimeUnit.MILLISECONDS);
        return new Response(response.statusCode(), response.headers().map(), response.body(), version);
      } catch (ExecutionException e) {
        throw new IllegalStateException("no answer: " + e.getCause(), e.getCause());
      } catch (TimeoutException e) {
        throw new AssertionError("no answer within " + TIMEOUT);
      } catch (InterruptedException e) {
        throw new IllegalStateException(e);
      }
    }

    public boolean isDone() {
      return future.isDone();
    }

    /** Aborts the request: its connection is closed. */
    public void cancel() {
      future.cancel(true);
    }
  }

  /** Opens a session and keeps its id for the requests that follow. */
  public Response handshake() {
    Response response = request("GET", query(null), null, Map.of());
    if (response.status() != 200) throw new AssertionError("handshake refused: " + response.status() + " " + response.body());
    open = new JsonObject(((String) response.packets().get(0)).substring(1));
    return response;
  }

  /** What the server said in its open packet. */
  public JsonObject open() {
    return open;
  }

  public String sid() {
    return open.getString("sid");
  }

  public Response get() {
    return startGet().await();
  }

  public Pending startGet() {
    return start("GET", query(sid()), null, Map.of());
  }

  /** The packets of one answered GET, which must be good. */
  public List<Object> poll() {
    Response response = get();
    if (response.status() != 200) throw new AssertionError("poll refused: " + response.status() + " " + response.body());
    return response.packets();
  }

  /** Polls until so many packets arrived. */
  public List<Object> poll(int packets) {
    List<Object> all = new ArrayList<>();
    while (all.size() < packets) all.addAll(poll());
    return all;
  }

  public Response post(String body) {
    return startPost(body).await();
  }

  public Pending startPost(String body) {
    return start("POST", query(sid()), body.getBytes(StandardCharsets.UTF_8), Map.of("Content-Type", "text/plain;charset=UTF-8"));
  }

  /** As {@code application/octet-stream}. */
  public Response post(byte[] body) {
    return request("POST", query(sid()), body, Map.of("Content-Type", "application/octet-stream"));
  }

  /** Posts these packets, strings with their type or buffers, as one payload, which must be taken. */
  public void send(Object... packets) {
    Response response = post(version == 4 ? EnginePayload.encode4(packets) : EnginePayload.encode3(packets));
    if (response.status() != 200 || !response.body().equals("ok"))
      throw new AssertionError("post refused: " + response.status() + " " + response.body());
  }

  /** Any request to the endpoint; the query is taken as it is. */
  public Response request(String method, String query, byte[] body, Map<String, String> more) {
    return start(method, query, body, more).await();
  }

  public Pending start(String method, String query, byte[] body, Map<String, String> more) {
    BodyPublisher publisher = body == null ? BodyPublishers.noBody() : BodyPublishers.ofByteArray(body);
    HttpRequest.Builder request = HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + path + "?" + query))
        .method(method, publisher);
    headers.forEach(request::header);
    more.forEach(request::header);
    return new Pending(HTTP.sendAsync(request.build(), BodyHandlers.ofByteArray()), version);
  }

  /** The query of a request of this session, or of a handshake. */
  public String query(String sid) {
    StringBuilder query = new StringBuilder("EIO=" + version + "&transport=polling");
    if (sid != null) query.append("&sid=").append(sid);
    parameters.forEach((name, value) -> query.append('&').append(name).append('=').append(value));
    return query.toString();
  }

  /**
   * Writes these bytes to a connection of its own, whatever they are, and reads until the server closes it or says nothing more for the
   * time given.
   */
  public static String raw(int port, byte[] request, Duration silence) {
    try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
      socket.setSoTimeout((int) silence.toMillis());
      socket.getOutputStream().write(request);
      socket.getOutputStream().flush();
      return readAll(socket.getInputStream());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static String readAll(InputStream in) throws IOException {
    StringBuilder read = new StringBuilder();
    byte[] buffer = new byte[8192];
    try {
      for (int n = in.read(buffer); n >= 0; n = in.read(buffer)) read.append(new String(buffer, 0, n, StandardCharsets.ISO_8859_1));
    } catch (SocketTimeoutException silent) {
      // Kept open by the server.
    }
    return read.toString();
  }
}
