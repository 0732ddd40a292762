package dev.magpie.load;

/** How long the trials of this package are: short in each build, as long as it takes with {@code -Pload}. */
final class Load {
  static final boolean FULL = "full".equals(System.getProperty("load"));

  private Load() {}

  static int of(int inABuild, int full) {
    return FULL ? full : inABuild;
  }

  /** A figure, to be seen whatever the tests log. */
  static void report(String figure) {
    System.out.println("load: " + figure);
  }
}
