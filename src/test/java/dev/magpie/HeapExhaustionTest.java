package dev.magpie;

import static org.assertj.core.api.Assertions.assertThat;

import dev.magpie.testing.MagpieProcess;
import io.netty.util.internal.PlatformDependent;
import io.vertx.core.Vertx;
import io.vertx.core.internal.ContextInternal;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.slf4j.LoggerFactory;

/** A process of its own runs out of memory somewhere, and ends. */
@Timeout(60)
class HeapExhaustionTest {
  private static final String LINE = "magpie: the heap is exhausted (java.lang.OutOfMemoryError): give it more by -Xmx";

  enum Place {
    A_THREAD {
      @Override
      void fail(Vertx vertx) {
        new Thread(Place::exhaust).start();
      }
    },
    A_HANDLER_ON_AN_EVENT_LOOP {
      @Override
      void fail(Vertx vertx) {
        vertx.runOnContext(none -> exhaust());
      }
    },
    A_TASK_OF_NETTY {
      @Override
      void fail(Vertx vertx) {
        ((ContextInternal) vertx.getOrCreateContext()).nettyEventLoop().execute(Place::exhaust);
      }
    },
    A_TIMER {
      @Override
      void fail(Vertx vertx) {
        vertx.setTimer(1, fired -> exhaust());
      }
    },
    A_CAUGHT_ONE_THAT_IS_LOGGED_AS_A_CAUSE {
      @Override
      void fail(Vertx vertx) {
        try {
          exhaust();
        } catch (OutOfMemoryError caught) {
          LoggerFactory.getLogger("any").debug("a level that is off", new IllegalStateException(caught));
        }
      }
    },
    CAUGHT_ONES_THAT_NOBODY_SPEAKS_OF {
      @Override
      void fail(Vertx vertx) {
        List<byte[]> kept = new ArrayList<>();
        while (true) {
          try {
            kept.add(new byte[1_000]);
          } catch (OutOfMemoryError silent) {
            // Some other handler may have done so.
          }
        }
      }
    };

    abstract void fail(Vertx vertx);

    private static void exhaust() {
      List<byte[]> kept = new ArrayList<>();
      while (true) kept.add(new byte[1_000_000]);
    }
  }

  /** What the child runs. */
  static final class Doomed {
    public static void main(String[] place) {
      HeapExhaustion.endsTheProgram();
      Place.valueOf(place[0]).fail(Vertx.vertx());
    }
  }

  /** Says how Netty takes its memory, once {@link Main} has begun. */
  static final class Prepared {
    public static void main(String[] none) {
      Main.failFast();
      System.out.println("counts by itself: " + PlatformDependent.useDirectBufferNoCleaner());
    }
  }

  private static Process start(Class<?> main, String... arguments) throws Exception {
    Process process = MagpieProcess.of(main, arguments)
        .options("-Xmx48m", "-Dlogback.configurationFile=logback.xml", "--add-opens", "java.base/java.nio=ALL-UNNAMED")
        .builder().start();
    process.getOutputStream().close();
    return process;
  }

  @ParameterizedTest
  @EnumSource
  void endsTheProgramWithACodeAndALineWhereverItIsMet(Place place) throws Exception {
    Process process = start(Doomed.class, place.name());
    try {
      assertThat(process.waitFor(50, TimeUnit.SECONDS)).isTrue();
      assertThat(process.exitValue()).isEqualTo(HeapExhaustion.EXIT_CODE);
      assertThat(new String(process.getErrorStream().readAllBytes(), StandardCharsets.UTF_8)).contains(LINE);
    } finally {
      process.destroyForcibly();
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"Java heap space", "GC overhead limit exceeded", "Metaspace"})
  void concernsTheHeap(String message) {
    assertThat(HeapExhaustion.isOfHeap(new OutOfMemoryError(message))).isTrue();
  }

  @ParameterizedTest
  @ValueSource(strings = {"Cannot reserve 65536 bytes of direct buffer memory (allocated: 1, limit: 2)",
      "unable to create native thread: possibly out of memory", "Requested array size exceeds VM limit"})
  void leavesAConnectionsBufferAndTheOperatingSystemsThreadsToThoseWhoWantedThem(String message) {
    assertThat(HeapExhaustion.isOfHeap(new OutOfMemoryError(message))).isFalse();
  }

  @Test
  void memoryOutsideTheHeapIsRefusedAtOnce() throws Exception {
    Process process = start(Prepared.class);
    String out = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    // From Java 25 on Netty allocates by the C library, and counts too.
    assertThat(out).contains("counts by itself: " + (Runtime.version().feature() < 24));
  }
}
