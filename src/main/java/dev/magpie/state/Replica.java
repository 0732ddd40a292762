package dev.magpie.state;

import dev.magpie.Internal;

/**
 * An instance's copy of the state of one room. It gets one snapshot, then every change after it, on the instance's executor. Changes arrive
 * for nobody: whoever ends the subscription hears nothing more.
 *
 * @param <S> as of its {@link RoomState}
 * @param <C> as of its {@link RoomState}
 */
@Internal
public interface Replica<S, C> {

  /**
   * The state is known.
   *
   * @param epoch the hub's incarnation: versions of different epochs are not compared
   * @param version of the last change in it; 0 for none
   */
  void snapshot(String epoch, long version, S state);

  /** It has changed; called after {@link #snapshot} only. */
  void changed(String epoch, long version, C change);
}
