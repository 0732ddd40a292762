package com.example

import io.vertx.core.Vertx
import java.util.concurrent.TimeUnit.SECONDS
import org.junit.jupiter.api.AfterEach
import org.junit.jupiter.api.Assertions.assertEquals
import org.junit.jupiter.api.BeforeEach
import org.junit.jupiter.api.Test
import org.junit.jupiter.api.Timeout

@Timeout(60)
class ScoresTest {
  private val vertx = Vertx.vertx()
  private val scores = Scores(0)

  @BeforeEach
  fun deploy() {
    vertx.deployVerticle(scores).await(20, SECONDS)
  }

  @AfterEach
  fun close() {
    vertx.close().await(20, SECONDS)
  }

  @Test
  fun `who follows a match hears its goals`() {
    val fan = TextClient(vertx, scores.port())
    val referee = TextClient(vertx, scores.port())
    fan.send("""421["follow","final"]""")
    assertEquals("431[]", fan.next("43"))
    referee.send("""422["goal",{"match":"final","team":"red","minute":12}]""")
    assertEquals("""432["noted"]""", referee.next("43"))
    assertEquals("""42["goal",{"match":"final","team":"red","minute":12}]""", fan.next("42"))
  }
}
