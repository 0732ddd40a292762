package dev.magpie.bench;

import dev.magpie.core.Application;
import dev.magpie.core.ApplicationContext;
import dev.magpie.core.Io;
import dev.magpie.core.PresenceOptions;
import dev.magpie.core.Socket;

/**
 * The least that a server of events does, for measuring: {@code bcast} goes to everybody, {@code room} to those in the room that its first
 * argument names, {@code join} joins the rooms that it names, {@code echo} is acknowledged with what it brought; {@code retain} sets the
 * value of a key of a room. In the namespace {@code /present} presence is on.
 */
public final class Bench implements Application {

  @Override
  public void mount(ApplicationContext context) {
    Io io = context.io();
    io.onConnection(socket -> serve(io, socket));
    io.of("/present").presence(new PresenceOptions()).onConnection(Bench::joins);
  }

  private static void serve(Io io, Socket socket) {
    socket.on("bcast", args -> io.emit("bcast", args.getValue(0)));
    socket.on("room", args -> io.to(args.getString(0)).emit("bcast", args.getValue(1)));
    socket.on("retain", args -> io.to(args.getString(0)).retain(args.getString(1)).emit("bcast", args.getValue(2)));
    joins(socket);
    socket.on("echo", (args, ack) -> ack.send(args.getValue(0)));
  }

  private static void joins(Socket socket) {
    socket.on("join", (args, ack) -> {
      for (Object room : args) socket.join((String) room);
      ack.send();
    });
  }

  /** Anybody may make it talk to all. */
  @Override
  public boolean byDefault() {
    return false;
  }
}
