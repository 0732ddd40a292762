package dev.magpie.auth;

import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpClient;
import io.vertx.core.http.HttpClientOptions;
import io.vertx.core.http.HttpClientResponse;
import io.vertx.core.http.RequestOptions;

/** The address of a key set. Bounded in time and size, and without redirects. Owned by a gateway, used on its context. */
final class KeyAddress {
  private static final int MOST_BYTES = 256 << 10;
  private static final long TIMEOUT_MS = 5_000;

  private final Vertx vertx;
  private final HttpClient client;
  private final String url;

  KeyAddress(Vertx vertx, String url) {
    this.vertx = vertx;
    this.url = url;
    this.client = vertx.createHttpClient(new HttpClientOptions().setConnectTimeout((int) TIMEOUT_MS).setKeepAlive(false));
  }

  Future<Buffer> read() {
    Promise<Buffer> body = Promise.promise();
    client.request(new RequestOptions().setAbsoluteURI(url).setTimeout(TIMEOUT_MS).putHeader("Accept", "application/json"))
        .compose(request -> {
          // Of the whole answer: the client's own timeout begins anew with each part.
          long timer = vertx.setTimer(TIMEOUT_MS, late -> request.connection().close());
          body.future().onComplete(done -> vertx.cancelTimer(timer));
          return request.send();
        })
        .onSuccess(response -> receive(response, body)).onFailure(body::tryFail);
    return body.future();
  }

  private static void receive(HttpClientResponse response, Promise<Buffer> body) {
    if (response.statusCode() != 200) {
      body.tryFail("HTTP status " + response.statusCode() + " instead of 200");
      response.request().connection().close();
      return;
    }
    Buffer received = Buffer.buffer();
    response.exceptionHandler(body::tryFail).endHandler(end -> body.tryComplete(received)).handler(part -> {
      if (received.length() + part.length() <= MOST_BYTES) {
        received.appendBuffer(part);
        return;
      }
      body.tryFail("more than " + MOST_BYTES + " bytes");
      response.request().connection().close();
    });
  }
}
