package com.example

import com.fasterxml.jackson.module.kotlin.jacksonObjectMapper
import dev.magpie.core.Io
import dev.magpie.core.IoOptions
import dev.magpie.core.Socket
import io.vertx.core.Future
import io.vertx.core.VerticleBase
import io.vertx.core.Vertx
import io.vertx.core.http.HttpServer
import io.vertx.ext.web.Router

data class Goal(val match: String, val team: String, val minute: Int)

/** Live scores: clients follow matches, and report goals. */
class Scores(private val port: Int) : VerticleBase() {
  private lateinit var server: HttpServer

  override fun start(): Future<*> {
    val router = Router.router(vertx)
    val io = Io.create(vertx, IoOptions().setMapper(jacksonObjectMapper())).mount(router, "/socket.io")
    io.onConnection { socket -> handle(io, socket) }
    return io.ready()
      .compose { vertx.createHttpServer().requestHandler(router).listen(port, "127.0.0.1") }
      .onSuccess { server = it }
  }

  private fun handle(io: Io, socket: Socket) {
    socket.onAck("follow", String::class.java) { match -> socket.join("match:$match") }
    socket.onAck("goal", Goal::class.java) { goal ->
      io.to("match:${goal?.match}").emit("goal", goal)
      Future.succeededFuture("noted")
    }
  }

  /** The port that it listens on, once it is deployed. */
  fun port() = server.actualPort()
}

fun main() {
  Vertx.vertx().deployVerticle(Scores(8000))
    .onSuccess { println("listening on port 8000") }
    .onFailure { it.printStackTrace() }
}
