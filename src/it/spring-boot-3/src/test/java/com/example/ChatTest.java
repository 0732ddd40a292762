package com.example;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.vertx.core.Vertx;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.boot.test.context.SpringBootTest;

@SpringBootTest(properties = "magpie.port=0")
@Timeout(60)
class ChatTest {
  @Autowired
  Vertx vertx;

  @Autowired
  MagpieServer server;

  @Autowired
  Chat chat;

  @Test
  void aMessageReachesTheOthers() throws Exception {
    TextClient alice = TextClient.connect(vertx, server.port());
    TextClient bob = TextClient.connect(vertx, server.port());
    alice.send("42[\"message\",\"hello\"]");
    assertEquals("42[\"message\",\"hello\"]", bob.next("42"));
  }

  @Test
  void anOrderIsAcknowledgedWithTheResultOfTheHandler() throws Exception {
    TextClient alice = TextClient.connect(vertx, server.port());
    alice.send("427[\"order\",{\"item\":\"tea\",\"count\":2}]");
    assertEquals("437[{\"item\":\"tea\",\"price\":6}]", alice.next("43"));
  }

  @Test
  void aBeanEmitsFromItsOwnThread() throws Exception {
    TextClient alice = TextClient.connect(vertx, server.port());
    chat.announce("closing soon");
    assertEquals("42[\"message\",\"closing soon\"]", alice.next("42"));
  }
}
