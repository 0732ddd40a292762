package dev.magpie.chaos;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;

/**
 * What is done to a run, one after the other: a function of the seed, the length and the store, and of nothing else.
 *
 * @param steps in their order
 */
record Schedule(List<Step> steps) {
  private static final int PAUSE_MILLIS = 4_000;

  /** The store that events are in. */
  enum Store { EMBEDDED, MONGO }

  enum Fault {
    /** The server: {@code kill -9}, and started again after the time. */
    KILL,
    /** The server: {@code SIGSTOP}, and {@code SIGCONT} after the time. */
    STOP,
    /** A share of the connections is reset. */
    CUT,
    /** A share of the connections carries nothing for the time, in either direction, and then what was kept. */
    STALL,
    /** A share of the clients hears nothing for the time, while what they say arrives; then their connections are reset. */
    DEAFEN,
    /** To a share of the clients the server seems to have ended its side, while theirs stays open. */
    HALF_CLOSE,
    /** A share of the connections carries nothing any more, and nobody is told. */
    BLACK_HOLE,
    /** The database: {@code kill -9}, and started again after the time. */
    KILL_DATABASE,
    /** The database: {@code SIGSTOP}, and {@code SIGCONT} after the time. */
    STOP_DATABASE;

    private boolean fits(Store store) {
      return store == Store.MONGO || this != KILL_DATABASE && this != STOP_DATABASE;
    }
  }

  /**
   * @param pauseMillis before it
   * @param millis how long it lasts; 0 for what is done at once
   * @param share of the connections, from 0 to 1
   */
  record Step(long pauseMillis, Fault fault, long millis, double share) {}

  static Schedule of(long seed, long millis, Store store) {
    Random random = new Random(seed);
    // A short run cannot wait half a minute for one stopped process.
    long longest = Math.max(1_500, Math.min(30_000, millis / 10));
    List<Step> steps = new ArrayList<>();
    List<Fault> deck = new ArrayList<>();
    for (long at = 0; ; ) {
      if (deck.isEmpty()) deck = shuffled(store, random);
      Step step = step(deck.remove(deck.size() - 1), longest, random);
      at += step.pauseMillis() + step.millis();
      if (at > millis) return new Schedule(List.copyOf(steps));
      steps.add(step);
    }
  }

  /** Each kind comes before any comes again. */
  private static List<Fault> shuffled(Store store, Random random) {
    List<Fault> deck = new ArrayList<>(List.of(Fault.values()));
    deck.removeIf(fault -> !fault.fits(store));
    Collections.shuffle(deck, random);
    return deck;
  }

  private static Step step(Fault fault, long longest, Random random) {
    long pause = 500 + random.nextInt(PAUSE_MILLIS);
    double share = random.nextInt(4) == 0 ? 1 : 0.2 + 0.6 * random.nextDouble();
    // Mostly short, for what goes on at the edges; now and then as long as a window of recovery has to bear.
    long lasting = random.nextInt(3) == 0 ? 1_000 + (long) (random.nextDouble() * (longest - 1_000)) : 200 + random.nextInt(2_000);
    return switch (fault) {
      case KILL -> new Step(pause, fault, random.nextInt(3_000), 0);
      case STOP, STOP_DATABASE, KILL_DATABASE -> new Step(pause, fault, lasting, 0);
      case STALL, DEAFEN -> new Step(pause, fault, lasting, share);
      case CUT, HALF_CLOSE, BLACK_HOLE -> new Step(pause, fault, 0, share);
    };
  }
}
