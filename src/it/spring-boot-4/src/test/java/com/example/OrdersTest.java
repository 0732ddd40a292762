package com.example;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.vertx.core.Vertx;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.boot.test.context.SpringBootTest;

@SpringBootTest(properties = "magpie.port=0")
@Timeout(60)
class OrdersTest {
  @Autowired
  Vertx vertx;

  @Autowired
  MagpieServer server;

  @Test
  void whatAMethodReturnsIsTheAcknowledgement() throws Exception {
    TextClient alice = TextClient.connect(vertx, server.port());
    alice.send("427[\"order\",{\"item\":\"tea\",\"count\":2}]");
    assertEquals("437[{\"item\":\"tea\",\"price\":6}]", alice.next("43"));
  }

  @Test
  void whatAMethodThrowsIsTheAcknowledgement() throws Exception {
    TextClient alice = TextClient.connect(vertx, server.port());
    alice.send("427[\"order\",{\"item\":\"tea\",\"count\":10}]");
    assertEquals("437[{\"error\":\"at most 9 of an item\"}]", alice.next("43"));
  }

  @Test
  void anOfferReachesWhoFollowsTheItem() throws Exception {
    TextClient alice = TextClient.connect(vertx, server.port());
    TextClient bob = TextClient.connect(vertx, server.port());
    bob.send("421[\"follow\",\"tea\"]");
    assertEquals("431[]", bob.next("43"));
    alice.send("42[\"offer\",{\"item\":\"tea\",\"price\":2}]");
    assertEquals("42[\"offer\",{\"item\":\"tea\",\"price\":2}]", bob.next("42"));
  }
}
