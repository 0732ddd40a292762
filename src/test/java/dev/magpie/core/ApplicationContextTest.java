package dev.magpie.core;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonObject;
import io.vertx.ext.web.Router;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

@ExtendWith(OnLoop.class)
class ApplicationContextTest {
  private final List<String> called = new ArrayList<>();
  private ApplicationContext context;

  @BeforeEach
  void start() {
    Vertx vertx = Vertx.currentContext().owner();
    Io io = Io.create(vertx, new IoOptions(), new Clock().timers);
    context = new ApplicationContext(io, Router.router(vertx), new JsonObject());
  }

  private void onClose(String name, Future<?> end) {
    context.onClose(() -> {
      called.add(name);
      return end;
    });
  }

  @Test
  void closesTheLastFirstAndWaitsForAll() {
    Promise<Void> pending = Promise.promise();
    onClose("first", null);
    onClose("second", pending.future());
    Future<Void> closed = context.close();
    assertThat(called).containsExactly("second", "first");
    assertThat(closed.isComplete()).isFalse();
    pending.complete();
    assertThat(closed.succeeded()).isTrue();
  }

  @Test
  void callsEachHookOnce() {
    onClose("once", Future.succeededFuture());
    context.close();
    context.close();
    assertThat(called).containsExactly("once");
  }

  @Test
  void saysWhatHasFailedAndClosesTheOthers() {
    onClose("first", Future.succeededFuture());
    context.onClose(() -> {
      throw new IllegalStateException("cannot end");
    });
    assertThat(context.close().cause()).hasMessage("cannot end");
    assertThat(called).containsExactly("first");
  }

  @Test
  void mountsAnApplicationOfTheFormerKind() {
    Io[] mounted = new Io[1];
    Application former = new Application() {
      @Override
      public void mount(Io io, Vertx vertx) {
        mounted[0] = io;
      }
    };
    former.mount(context);
    assertThat(mounted[0]).isSameAs(context.io());
    assertThatThrownBy(() -> new Application() {}.mount(context)).hasMessage("the application has no method mount");
  }
}
