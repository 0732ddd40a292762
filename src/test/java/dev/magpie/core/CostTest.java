package dev.magpie.core;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.management.ThreadMXBean;
import dev.magpie.transport.Message;
import io.vertx.core.Vertx;
import java.lang.management.ManagementFactory;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** What sockets and deliveries cost in bytes, which no machine makes faster or slower. */
@ExtendWith(OnLoop.class)
class CostTest {
  private static final int SOCKETS = 10_000;

  private Io io;

  @BeforeEach
  void start() {
    io = Io.create(Vertx.currentContext().owner(), new IoOptions().setRateLimits(RateLimits.SOCKET_IO), new Clock().timers);
  }

  @Test
  void holdsAnIdleSocketInSevenHundredBytes() {
    List<FakeLink> links = new ArrayList<>();
    for (int i = 0; i < SOCKETS; i++) links.add(FakeLink.unheard());
    links.forEach(link -> link.messages = null);
    long before = usedHeap();
    for (FakeLink link : links) {
      link.messages = new ArrayList<>(1);
      link.listenedBy(io, 4).say("0");
      link.messages = null;
    }
    long each = (usedHeap() - before) / SOCKETS;
    assertThat(io.of("/").size()).isEqualTo(SOCKETS);
    assertThat(each).isLessThan(700);
  }

  @Test
  void allocatesNothingForADelivery() {
    io.onConnection(socket -> socket.join("tea"));
    for (int i = 0; i < 1_000; i++) {
      FakeLink link = FakeLink.unheard().listenedBy(io, 4);
      link.say("0");
      link.messages = new Swallow();
    }
    io.emit("warm", "up");
    io.to("tea").except("nobody").emit("warm", "up");
    long before = allocated();
    for (int i = 0; i < 10; i++) io.to("tea").emit("e", "a text");
    long each = (allocated() - before) / 10;
    // The broadcast itself, its operator, its text and its one message.
    assertThat(each).isLessThan(8_000);
  }

  private static final class Swallow extends ArrayList<Message> {
    private static final long serialVersionUID = 1L;

    @Override
    public boolean add(Message message) {
      return true;
    }
  }

  private static long usedHeap() {
    for (int i = 0; i < 3; i++) System.gc();
    return ManagementFactory.getMemoryMXBean().getHeapMemoryUsage().getUsed();
  }

  private static long allocated() {
    return ((ThreadMXBean) ManagementFactory.getThreadMXBean()).getThreadAllocatedBytes(Thread.currentThread().getId());
  }
}
