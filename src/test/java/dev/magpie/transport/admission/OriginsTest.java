package dev.magpie.transport.admission;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.magpie.transport.TrustedProxies;
import io.vertx.core.MultiMap;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.junit5.VertxExtension;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

@ExtendWith(VertxExtension.class)
class OriginsTest {
  private static final Origins LISTED = Origins.loopbackAnd(List.of("https://shop.example"));

  @ParameterizedTest
  @CsvSource({
      "http://magpie.example, true",
      "https://magpie.example, false",
      "http://magpie.example:81, false",
      "https://shop.example, true",
      "HTTPS://SHOP.EXAMPLE, true",
      "https://evil.example, false",
      "https://shop.example.evil.example, false",
      "http://localhost:3000, true",
      "http://127.0.0.1, true",
      "http://[::1]:8000, true",
      "http://shop.localhost:3000, true",
      "http://my_shop.localhost, true",
      "http://tauri.localhost, true",
      "http://LOCALHOST., true",
      "http://127.9.9.9:5173, true",
      "http://[::ffff:7f00:1], true",
      "http://magpie.example:80, true",
      "https://shop.example:443, true",
      "https://shop.example:80, false",
      "http://evillocalhost, false",
      "http://localhost.evil.example, false",
      "http://127.0.0.1.evil.example, false",
      "null, false",
      "not an origin, false"
  })
  void admitsItsOwnOriginLoopbackAndThoseListed(String origin, boolean admitted, Vertx vertx) throws Exception {
    assertThat(asked(vertx, Map.of("Host", "magpie.example", "Origin", origin), LISTED::admits)).isEqualTo(admitted);
  }

  @ParameterizedTest
  @ValueSource(strings = {
      "file://", "app://obsidian.md", "chrome-extension://gighmmpiobklfepjocnamgkkbiglidom",
          "moz-extension://6c8d59a4-e8d8-4f3a-9dfd-3a6b0a6d9d1e",
      "capacitor://app.example", "vscode-webview://0pq3r4st5uv"
  })
  void programsThatShowPagesAreAdmittedWhereTheyAreListedAndNoOthersOfTheirKind(String origin, Vertx vertx) throws Exception {
    assertThat(Origins.isOrigin(origin)).isTrue();
    assertThat(asked(vertx, Map.of("Origin", origin), LISTED::admits)).as("not listed").isFalse();
    assertThat(asked(vertx, Map.of("Origin", origin), Origins.loopbackAnd(List.of(origin))::admits)).isTrue();
    assertThat(asked(vertx, Map.of("Origin", origin + ".evil.example"), Origins.loopbackAnd(List.of(origin))::admits)).isFalse();
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "shop.example", "https://", "https://shop.example/", "https://shop.example/chat", "app://a b", "app://a/b",
      "1app://a", "https://me@shop.example", "https://*.shop.example"})
  void whatBrowsersDoNotSendAsAnOriginIsNone(String text) {
    assertThat(Origins.isOrigin(text)).isFalse();
  }

  @Test
  void programsSendNoOriginAndPass(Vertx vertx) throws Exception {
    assertThat(asked(vertx, Map.of(), LISTED::admits)).isTrue();
  }

  @Test
  void pagesFromFilesPassOnlyWhereNullIsListed(Vertx vertx) throws Exception {
    Origins files = Origins.loopbackAnd(List.of("null"));
    assertThat(asked(vertx, Map.of("Origin", "null"), files::admits)).isTrue();
    assertThat(asked(vertx, Map.of("Origin", "null"), files::allowsCredentials)).isFalse();
  }

  @Test
  void allOriginsAreAdmittedWithoutCredentialsAndByTheStar(Vertx vertx) throws Exception {
    assertThat(asked(vertx, Map.of("Origin", "https://any.example"), Origins.any()::allowOrigin)).isEqualTo("*");
    assertThat(asked(vertx, Map.of("Origin", "https://any.example"), Origins.any()::allowsCredentials)).isFalse();
  }

  /** Headers as proxies write them, of a client that asked for {@code https://magpie.example}. */
  @ParameterizedTest
  @ValueSource(strings = {
      "Host: magpie.example, X-Forwarded-Proto: https",
      "Host: magpie.example:443, X-Forwarded-Proto: https",
      "Host: inner:8000, X-Forwarded-Host: magpie.example, X-Forwarded-Proto: https",
      "Host: inner:8000, X-Forwarded-Host: MAGPIE.example:443, X-Forwarded-Proto: https",
      "Host: inner:8000, X-Forwarded-Host: magpie.example; edge.internal, X-Forwarded-Proto: https; http",
      "Host: inner:8000, X-Forwarded-Host: magpie.example, X-Forwarded-Port: 443, X-Forwarded-Proto: https",
      "Host: magpie.example, X-Forwarded-Port: 8080, X-Forwarded-Proto: https",
      "Host: magpie.example, X-Forwarded-Ssl: on",
      "Host: magpie.example, X-Forwarded-Proto: wss",
      "Host: inner:8000, Forwarded: for=192.0.2.1|proto=https|host=magpie.example",
      "Host: inner:8000, Forwarded: for=192.0.2.1|Proto=HTTPS|Host=\"magpie.example:443\"; for=10.0.0.7|proto=http|host=edge.internal"
  })
  void behindATrustedProxyTheHostIsTheOneThatTheClientAskedFor(String written, Vertx vertx) throws Exception {
    MultiMap headers = headers(written).add("Origin", "https://magpie.example");
    assertThat(asked(vertx, headers, LISTED.behind(TrustedProxies.of(List.of("127.0.0.0/8")))::admits)).isTrue();
    assertThat(asked(vertx, headers, LISTED::admits)).as("from a stranger").isFalse();
    assertThat(asked(vertx, headers.set("Origin", "https://evil.example"),
        LISTED.behind(TrustedProxies.of(List.of("127.0.0.0/8")))::admits)).as("another page").isFalse();
  }

  @Test
  void aPortThatTheProxyNamesApartBelongsToTheHost(Vertx vertx) throws Exception {
    MultiMap headers =
        headers("Host: magpie.example, X-Forwarded-Port: 8443, X-Forwarded-Proto: https, Origin: https://magpie.example:8443");
    assertThat(asked(vertx, headers, LISTED.behind(TrustedProxies.of(List.of("127.0.0.1")))::admits)).isTrue();
  }

  @ParameterizedTest
  @ValueSource(strings = {"127.0.0.1", "127.0.0.0/8", "::ffff:127.0.0.1", "::ffff:7f00:1", "::ffff:127.0.0.0/104", "0.0.0.0/0"})
  void aProxyIsTheSameInEverySpellingOfItsAddress(String proxy, Vertx vertx) throws Exception {
    assertThat(asked(vertx, headers("X-Forwarded-For: 203.0.113.9"), TrustedProxies.of(List.of(proxy))::address)).isEqualTo("203.0.113.9");
  }

  @ParameterizedTest
  @ValueSource(strings = {"::1", "0:0:0:0:0:0:0:1", "::1/128", "0::/64"})
  void aProxyIsTheSameInEverySpellingOfItsIpv6Address(String proxy, Vertx vertx) throws Exception {
    assertThat(asked(vertx, "::1", headers("X-Forwarded-For: 2001:DB8:0::9"), TrustedProxies.of(List.of(proxy))::address))
        .isEqualTo("2001:db8::9");
  }

  @ParameterizedTest
  @ValueSource(strings = {"127.0.0.2", "128.0.0.0/8", "::1", "::/64", "10.0.0.0/8"})
  void othersAreNoProxies(String proxy, Vertx vertx) throws Exception {
    assertThat(asked(vertx, headers("X-Forwarded-For: 203.0.113.9"), TrustedProxies.of(List.of(proxy))::address)).isEqualTo("127.0.0.1");
  }

  @ParameterizedTest
  @CsvSource(delimiter = '~', textBlock = """
      X-Forwarded-For: 203.0.113.9                                                  ~ 203.0.113.9
      X-Forwarded-For: 6.6.6.6; 203.0.113.9; 10.0.0.7                               ~ 203.0.113.9
      X-Forwarded-For: 6.6.6.6; 203.0.113.9, X-Forwarded-For: 10.0.0.7              ~ 203.0.113.9
      X-Forwarded-For: 203.0.113.9:4711                                             ~ 203.0.113.9
      X-Forwarded-For: [2001:db8::9]:4711                                           ~ 2001:db8::9
      X-Forwarded-For: 10.0.0.8; 10.0.0.7                                           ~ 10.0.0.8
      X-Forwarded-For: 6.6.6.6; unknown                                             ~ 127.0.0.1
      X-Forwarded-For: 6.6.6.6; unknown; 10.0.0.7                                   ~ 10.0.0.7
      X-Forwarded-For: 203.0.113.9, Forwarded: for=6.6.6.6                          ~ 203.0.113.9
      X-Forwarded-Proto: https, Forwarded: for=6.6.6.6                              ~ 127.0.0.1
      Forwarded: for=6.6.6.6; For="[2001:db8:cafe::17]:4711"|proto=http; for=10.0.0.7  ~ 2001:db8:cafe::17
      Via: 1.1 edge                                                                 ~ 127.0.0.1
      """)
  void aTrustedProxySaysWhoItsClientIs(String written, String address, Vertx vertx) throws Exception {
    assertThat(asked(vertx, headers(written), TrustedProxies.of(List.of("127.0.0.1", "10.0.0.0/24"))::address)).isEqualTo(address);
    assertThat(asked(vertx, headers(written), TrustedProxies.NONE::address)).as("from a stranger").isEqualTo("127.0.0.1");
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "proxy.example", "10.0.0.0/33", "10.0.0.0/", "10.0.0/8", "::1/129", "10.0.0.0/-1", "10.0.0.0/8/8",
      "::ffff:10.0.0.0/95", "10.0.0.1:80"})
  void whatIsNeitherAnAddressNorANetworkIsRefused(String text) {
    assertThatThrownBy(() -> TrustedProxies.of(List.of(text))).isInstanceOf(IllegalArgumentException.class)
        .hasMessageStartingWith('"' + text + "\"; allowed: an address or a network");
  }

  /** {@code Name: value, Name: value}, with {@code ;} for the commas and {@code |} for the semicolons of the values. */
  private static MultiMap headers(String written) {
    MultiMap headers = MultiMap.caseInsensitiveMultiMap();
    for (String header : written.split(", "))
      headers.add(header.split(": ", 2)[0], header.split(": ", 2)[1].trim().replace(';', ',').replace('|', ';'));
    return headers;
  }

  private static <T> T asked(Vertx vertx, Map<String, String> headers, Function<HttpServerRequest, T> question) throws Exception {
    return asked(vertx, MultiMap.caseInsensitiveMultiMap().addAll(headers), question);
  }

  private static <T> T asked(Vertx vertx, MultiMap headers, Function<HttpServerRequest, T> question) throws Exception {
    return asked(vertx, "127.0.0.1", headers, question);
  }

  private static <T> T asked(Vertx vertx, String address, MultiMap headers, Function<HttpServerRequest, T> question) throws Exception {
    CompletableFuture<T> answer = new CompletableFuture<>();
    int port = vertx.createHttpServer()
        .requestHandler(request -> {
          answer.complete(question.apply(request));
          request.response().end();
        })
        .listen(0, address)
        .await(20, TimeUnit.SECONDS)
        .actualPort();
    StringBuilder head = new StringBuilder("GET / HTTP/1.1\r\n");
    headers.forEach((name, value) -> head.append(name).append(": ").append(value).append("\r\n"));
    try (Socket socket = new Socket(address, port)) {
      socket.getOutputStream().write(head.append("\r\n").toString().getBytes(StandardCharsets.US_ASCII));
      return answer.get(20, TimeUnit.SECONDS);
    }
  }
}
