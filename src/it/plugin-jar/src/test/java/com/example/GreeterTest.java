package com.example;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.vertx.core.Vertx;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The program with this project's jar in its folder plugins. */
@Timeout(150)
class GreeterTest {
  private static Vertx vertx;
  private static Program program;

  @BeforeAll
  static void start() throws Exception {
    program = Program.start("""
        {
          "http": {"listeners": [{"port": 0}]},
          "shutdown": {"drain_ms": 100},
          "bot": {"meaning": false},
          "greeter": {"greeting": "good morning"}
        }
        """);
    vertx = Vertx.vertx();
  }

  @AfterAll
  static void stop() throws Exception {
    program.stop();
    vertx.close().await();
  }

  @Test
  void aClientIsGreeted() throws Exception {
    TextClient client = TextClient.connect(vertx, program.port());
    client.send("40/greeter,");
    client.next("40/greeter,");
    assertEquals("42/greeter,[\"greeting\",\"good morning\"]", client.next("42"));
    client.send("42/greeter,1[\"greet\",\"Ana\"]");
    assertEquals("43/greeter,1[\"good morning, Ana\"]", client.next("43"));
  }

  @Test
  void aRouteOfThePlugInIsServed() throws Exception {
    URI uri = URI.create("http://127.0.0.1:" + program.port() + "/greeting");
    assertEquals("good morning", HttpClient.newHttpClient().send(HttpRequest.newBuilder(uri).build(), BodyHandlers.ofString()).body());
  }
}
