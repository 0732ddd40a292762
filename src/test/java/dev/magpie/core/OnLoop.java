package dev.magpie.core;

import io.vertx.core.Context;
import io.vertx.core.Vertx;
import java.lang.reflect.Method;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.extension.AfterEachCallback;
import org.junit.jupiter.api.extension.BeforeEachCallback;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.extension.InvocationInterceptor;
import org.junit.jupiter.api.extension.ReflectiveInvocationContext;

/** Runs a test's methods on an event loop, as everything in core is: what a test does in turn happens in turn. */
final class OnLoop implements InvocationInterceptor, BeforeEachCallback, AfterEachCallback {
  private static final ExtensionContext.Namespace STORE = ExtensionContext.Namespace.create(OnLoop.class);

  @Override
  public void beforeEach(ExtensionContext test) {
    Vertx vertx = Vertx.vertx();
    test.getStore(STORE).put("vertx", vertx);
    test.getStore(STORE).put("context", vertx.getOrCreateContext());
  }

  @Override
  public void afterEach(ExtensionContext test) throws Exception {
    test.getStore(STORE).get("vertx", Vertx.class).close().toCompletionStage().toCompletableFuture().get(10, TimeUnit.SECONDS);
  }

  @Override
  public void interceptBeforeEachMethod(Invocation<Void> method, ReflectiveInvocationContext<Method> how, ExtensionContext test)
      throws Throwable {
    onLoop(method, test);
  }

  @Override
  public void interceptTestMethod(Invocation<Void> method, ReflectiveInvocationContext<Method> how, ExtensionContext test)
      throws Throwable {
    onLoop(method, test);
  }

  @Override
  public void interceptTestTemplateMethod(Invocation<Void> method, ReflectiveInvocationContext<Method> how, ExtensionContext test)
      throws Throwable {
    onLoop(method, test);
  }

  private static void onLoop(Invocation<Void> method, ExtensionContext test) throws Throwable {
    CompletableFuture<Void> done = new CompletableFuture<>();
    Context context = test.getStore(STORE).get("context", Context.class);
    context.runOnContext(run -> {
      try {
        method.proceed();
        done.complete(null);
      } catch (Throwable failure) {
        done.completeExceptionally(failure);
      }
    });
    try {
      done.get(60, TimeUnit.SECONDS);
    } catch (ExecutionException failure) {
      throw failure.getCause();
    }
  }
}
