package dev.magpie.transport;

import static org.assertj.core.api.Assertions.assertThat;

import io.vertx.core.Vertx;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpMethod;
import io.vertx.junit5.VertxExtension;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

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
      "http://localhost.evil.example, false",
      "http://127.0.0.1.evil.example, false",
      "null, false",
      "not an origin, false"
  })
  void admitsItsOwnOriginLoopbackAndThoseListed(String origin, boolean admitted, Vertx vertx) throws Exception {
    assertThat(asked(vertx, Map.of("Host", "magpie.example", "Origin", origin), LISTED::admits)).isEqualTo(admitted);
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

  @Test
  void behindATrustedProxyTheHostIsTheOneThatTheClientAskedFor(Vertx vertx) throws Exception {
    Map<String, String> headers = Map.of(
        "Host", "inner:8000", "X-Forwarded-Host", "magpie.example", "X-Forwarded-Proto", "https", "Origin", "https://magpie.example");
    Origins trusting = LISTED.behind(TrustedProxies.of(List.of("127.0.0.1")));
    assertThat(asked(vertx, headers, trusting::admits)).isTrue();
    assertThat(asked(vertx, headers, LISTED::admits)).as("from a stranger").isFalse();
  }

  @Test
  void aTrustedProxySaysWhoItsClientIs(Vertx vertx) throws Exception {
    Map<String, String> headers = Map.of("X-Forwarded-For", "6.6.6.6, 203.0.113.9, 10.0.0.7");
    TrustedProxies both = TrustedProxies.of(List.of("127.0.0.1", "10.0.0.7"));
    assertThat(asked(vertx, headers, both::address)).isEqualTo("203.0.113.9");
    assertThat(asked(vertx, headers, TrustedProxies.NONE::address)).as("from a stranger").isEqualTo("127.0.0.1");
  }

  private static <T> T asked(Vertx vertx, Map<String, String> headers, Function<HttpServerRequest, T> question) throws Exception {
    var answer = new java.util.concurrent.CompletableFuture<T>();
    return vertx.createHttpServer()
        .requestHandler(request -> {
          answer.complete(question.apply(request));
          request.response().end();
        })
        .listen(0, "127.0.0.1")
        .compose(server -> vertx.createHttpClient().request(HttpMethod.GET, server.actualPort(), "127.0.0.1", "/"))
        .compose(request -> {
          headers.forEach(request::putHeader);
          return request.send();
        })
        .toCompletionStage().toCompletableFuture()
        .thenCompose(sent -> answer)
        .get(20, TimeUnit.SECONDS);
  }
}
