package dev.magpie.search;

import dev.magpie.logging.Reason;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Search by embeddings, which a background thread computes while the search by words answers already. A model is loaded with the first
 * entry of its language; a language whose model cannot be loaded is searched by words. May be used from any thread.
 */
final class Meanings implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(Meanings.class);

  /** Most titles and phrasings per entry. */
  private static final int MOST_PHRASINGS = 16;

  /** Cached question vectors per language: each takes the model some milliseconds and the cache 2 KiB. */
  private static final int MOST_QUESTIONS = 1_000;

  /** Characters; longer questions are not cached. */
  private static final int LONGEST_KEPT = 200;

  private final Path folder;
  private final Function<Language, Embedder> models;
  private final Function<String, Optional<Entry>> entries;
  private final long restMs;
  private final Thread thread = new Thread(this::run, "magpie-meaning");

  // Guarded by itself: queued ids, the oldest first.
  private final Set<String> waiting = new LinkedHashSet<>();
  private boolean working;
  private boolean complete;
  private boolean closed;

  // Written by the thread, a language at a time; absent: not loaded (yet).
  private volatile Map<Language, Ready> ready = Map.of();
  private volatile Map<Language, String> failed = Map.of();
  private volatile String ended;

  private record Ready(Embedder embedder, Recent<String, float[]> questions, MeaningIndex index, VectorFile file) {
    float[] vector(String question) {
      return question.length() > LONGEST_KEPT ? embedder.embed(question) : questions.of(question, embedder::embed);
    }
  }

  /** @param entries finds an entry again when its turn comes */
  Meanings(Path folder, Function<Language, Embedder> models, Function<String, Optional<Entry>> entries, long restMs) {
    this.folder = folder;
    this.models = models;
    this.entries = entries;
    this.restMs = restMs;
    thread.setDaemon(true);
    // The visitors' questions come first.
    thread.setPriority(Thread.MIN_PRIORITY);
    thread.start();
  }

  void changed(List<String> ids) {
    // A changed entry is searched by words until its new vectors are computed: the former ones may be wrong.
    ids.forEach(this::forget);
    synchronized (waiting) {
      waiting.addAll(ids);
      waiting.notifyAll();
    }
  }

  /**
   * The initial load is complete: when the queue is empty, stored vectors that no entry has used are obsolete, and so are the files of
   * models that this version does not have.
   */
  void complete() {
    synchronized (waiting) {
      complete = true;
      waiting.notifyAll();
    }
  }

  void gone(List<String> ids) {
    synchronized (waiting) {
      ids.forEach(waiting::remove);
    }
    ids.forEach(this::forget);
  }

  private void forget(String id) {
    ready.values().forEach(language -> language.index.remove(id));
  }

  /** How many entries still wait for their vectors. */
  int waiting() {
    synchronized (waiting) {
      return waiting.size() + (working ? 1 : 0);
    }
  }

  int size() {
    return ready.values().stream().mapToInt(language -> language.index.size()).sum();
  }

  /** The question as its meaning; empty when its language has no model or no entry. */
  Optional<Asked> ask(String question, Language language) {
    Ready model = ready.get(language);
    return model == null ? Optional.empty() : Optional.of(new Asked(model.vector(question), model.index));
  }

  /** One question's vector, and where to compare it. */
  record Asked(float[] vector, MeaningIndex index) {
    List<MeaningIndex.Near> near() {
      return index.near(vector);
    }

    /** The passage of that entry that is nearest; empty where it has no vectors of this many passages. */
    Optional<Integer> passage(String id, int passages) {
      List<QuantizedVector> vectors = index.find(id).map(Meaning::passages).orElse(List.of());
      if (vectors.size() != passages) return Optional.empty();
      int best = 0;
      for (int i = 1; i < passages; i++) if (vectors.get(i).dot(vector) > vectors.get(best).dot(vector)) best = i;
      return Optional.of(best);
    }

    Optional<MeaningIndex.Near> near(String id) {
      return index.near(id, vector);
    }
  }

  /** Why some language is searched by its words alone; empty while nothing failed. */
  Optional<String> trouble() {
    if (ended != null) return Optional.of(ended);
    Map<Language, String> reasons = failed;
    return reasons.isEmpty() ? Optional.empty() : Optional.of(String.join("; ", reasons.values()));
  }

  /** Whether a model is loaded, which tells words from typos. */
  boolean knowsWords() {
    return !ready.isEmpty();
  }

  boolean knows(String word) {
    return ready.values().stream().anyMatch(language -> language.embedder.knows(word));
  }

  /** Empty when the language has no model here. */
  Optional<float[]> vector(String text, Language language) {
    return Optional.ofNullable(ready.get(language)).map(model -> model.embedder.embed(text));
  }

  private void run() {
    try {
      rest();
      for (String id = next(); id != null; id = next()) {
        try {
          make(id);
        } catch (RuntimeException | LinkageError failure) {
          log.warn("no meaning made id={} reason={}", id, Reason.of(failure));
        }
        if (isLast()) ready.values().forEach(language -> language.index.refreshHubs());
        done(id);
      }
    } catch (InterruptedException closing) {
      Thread.currentThread().interrupt();
    } catch (Error failure) {
      ended = "no new vectors are made: " + Reason.of(failure);
      log.error("meaning thread ended reason={}", Reason.of(failure));
      throw failure;
    }
    ready.values().forEach(language -> language.file.close());
  }

  private void rest() throws InterruptedException {
    long until = System.nanoTime() + restMs * 1_000_000;
    synchronized (waiting) {
      for (long remaining = restMs; remaining > 0 && !closed; remaining = (until - System.nanoTime()) / 1_000_000) waiting.wait(remaining);
    }
  }

  private String next() throws InterruptedException {
    synchronized (waiting) {
      while (waiting.isEmpty() && !closed) {
        if (complete) {
          // Compaction holds the lock: changes wait about a second, once.
          complete = false;
          ready.values().forEach(language -> language.file.compact());
          VectorFile.removeObsolete(folder, models());
        } else {
          waiting.wait();
        }
      }
      if (closed) return null;
      String id = waiting.iterator().next();
      waiting.remove(id);
      working = true;
      return id;
    }
  }

  /** Those of this version, loaded or not: an entry of a language may come later. */
  private Set<String> models() {
    Set<String> names = new HashSet<>();
    for (Language language : Language.values()) names.add(language.model);
    ready.values().forEach(language -> names.add(language.embedder.name()));
    return names;
  }

  private boolean isLast() {
    synchronized (waiting) {
      return waiting.isEmpty();
    }
  }

  private void done(String id) {
    synchronized (waiting) {
      working = false;
      // Changed or deleted meanwhile: the vectors may belong to its former text.
      if (waiting.contains(id)) forget(id);
      if (waiting.isEmpty()) {
        log.info("meaning ready entries={}", size());
        waiting.notifyAll();
      }
    }
  }

  private void make(String id) {
    Optional<Entry> entry = entries.apply(id);
    if (entry.isEmpty()) return;
    Ready model = model(entry.get().language());
    if (model == null) return;
    model.index.put(meaning(entry.get(), model));
    if (entries.apply(id).isEmpty()) model.index.remove(id);
  }

  private static Meaning meaning(Entry entry, Ready model) {
    String title = Wording.plain(entry.title());
    String body = Simplified.of(Chunks.text(entry.body()));
    List<QuantizedVector> titles = new ArrayList<>(List.of(vector(title, model)));
    entry.phrasings().stream().limit(MOST_PHRASINGS).map(Wording::plain).filter(phrasing -> !phrasing.isEmpty())
        .forEach(phrasing -> titles.add(vector(phrasing, model)));
    QuantizedVector whole = body.isEmpty() ? titles.get(0) : vector(title + "\n" + body, model);
    List<String> chunks = Chunks.of(body, entry.language().pieceLength);
    // A body of one chunk is the whole.
    List<QuantizedVector> parts = chunks.size() < 2 ? List.of()
        : chunks.stream().map(chunk -> vector(title + "\n" + chunk, model)).toList();
    List<String> shown = Chunks.passages(body, entry.language());
    List<QuantizedVector> passages = shown.size() < 2 ? List.of() : shown.stream().map(passage -> vector(passage, model)).toList();
    return new Meaning(entry.id(), entry.title(), titles, whole, parts, passages);
  }

  private static QuantizedVector vector(String text, Ready model) {
    return model.file.find(text).orElseGet(() -> {
      QuantizedVector made = QuantizedVector.of(model.embedder.embed(text));
      model.file.add(text, made);
      return made;
    });
  }

  /** Null where there is none. */
  private Ready model(Language language) {
    if (ready.containsKey(language)) return ready.get(language);
    if (failed.containsKey(language)) return null;
    String reason;
    try {
      long begun = System.nanoTime();
      Embedder embedder = models.apply(language);
      Ready model = new Ready(embedder, new Recent<>(MOST_QUESTIONS), new MeaningIndex(embedder.dimensions()),
          new VectorFile(folder, embedder.name(), embedder.dimensions()));
      Map<Language, Ready> all = new EnumMap<>(Language.class);
      all.putAll(ready);
      all.put(language, model);
      ready = all;
      log.info("model loaded name={} kept={} in={}ms", embedder.name(), model.file.size(), (System.nanoTime() - begun) / 1_000_000);
      return model;
    } catch (UncheckedIOException failure) {
      reason = failure.getCause().getMessage();
    } catch (RuntimeException failure) {
      reason = failure.getMessage();
    } catch (LinkageError failure) {
      reason = "the native library does not load: " + first(failure).getMessage();
    } catch (OutOfMemoryError failure) {
      // An OutOfMemoryError here concerns one large allocation for the model; the program can go on.
      reason = "not enough memory for it: " + failure.getMessage() + "; the heap has " + (Runtime.getRuntime().maxMemory() >> 20)
          + " MB, see -Xmx";
    }
    Map<Language, String> all = new EnumMap<>(Language.class);
    all.putAll(failed);
    all.put(language, language.model + " not loaded: " + reason);
    failed = all;
    log.warn("searching by words alone language={} model={} reason={}", language, language.model, reason);
    return null;
  }

  private static Throwable first(Throwable failure) {
    return failure.getCause() == null ? failure : first(failure.getCause());
  }

  @Override
  public void close() {
    synchronized (waiting) {
      closed = true;
      waiting.clear();
      waiting.notifyAll();
    }
    try {
      thread.join(10_000);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    ready.values().forEach(language -> language.embedder.close());
  }
}
