package dev.magpie.api;

import dev.magpie.core.Io;
import dev.magpie.core.Namespace;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.shareddata.Shareable;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.RejectedExecutionException;
import java.util.function.Function;
import java.util.stream.Stream;

/**
 * The gateway instances of this process, one for each event loop: a dynamic namespace is only where its clients are. One for each Vert.x
 * instance; used on any thread.
 */
final class ProcessInstances implements Shareable {
  private final List<Io> all = new CopyOnWriteArrayList<>();

  private ProcessInstances() {}

  static ProcessInstances of(Vertx vertx) {
    return vertx.sharedData().<String, ProcessInstances>getLocalMap("magpie.api.instances")
        .computeIfAbsent("instances", name -> new ProcessInstances());
  }

  void add(Io io) {
    all.add(io);
  }

  void remove(Io io) {
    all.remove(io);
  }

  /** Those that share namespaces with this one, itself first. */
  List<Io> with(Io io) {
    return Stream.concat(Stream.of(io), all.stream().filter(other -> other != io && other.options().name().equals(io.options().name())))
        .toList();
  }

  /** The namespace of this name, on this instance or else on another; creates none. */
  Optional<Namespace> find(Io io, String name) {
    return with(io).stream().flatMap(each -> each.find(name).stream()).findFirst();
  }

  /** Asks each instance on its own context; one that is being closed is left out. Completes on any thread. */
  <T> Future<List<T>> ask(Io io, Function<Io, T> question) {
    List<Future<T>> answers = new ArrayList<>();
    for (Io each : with(io)) {
      Promise<T> answer = Promise.promise();
      try {
        each.context().runOnContext(run -> {
          try {
            answer.complete(question.apply(each));
          } catch (RuntimeException failure) {
            answer.fail(failure);
          }
        });
        answers.add(answer.future());
      } catch (RejectedExecutionException closed) {
        // Its event loop has ended.
      }
    }
    return Future.all(answers).map(done -> answers.stream().map(Future::result).toList());
  }
}
