package dev.magpie.state;

/** A change was not made: the value has another version than the one that it was to replace. Its sender reads it and tries again. */
public class VersionConflict extends RuntimeException {
  private static final long serialVersionUID = 1L;

  private final long version;

  /**
   * A conflict.
   *
   * @param expected the version that was to be replaced; 0 for none
   * @param version the present one; 0 for none
   */
  public VersionConflict(String key, long expected, long version) {
    super("key \"" + key + "\" " + (version == 0 ? "has no value" : "has version " + version) + ", not "
        + (expected == 0 ? "none" : "version " + expected), null, false, false);
    this.version = version;
  }

  /** The present version; 0 when the key has no value. */
  public long version() {
    return version;
  }
}
