package dev.magpie.chaos;

/**
 * A message as its sender knows it.
 *
 * @param aside meant for the others of the room alone
 * @param outcome as far as its sender was told
 * @param seq in the acknowledgement; 0 where there was none, or the page that waited for it was left
 */
record Sent(String id, String room, boolean aside, Outcome outcome, long seq) {

  enum Outcome { ACKNOWLEDGED, REFUSED, UNKNOWN }

  static Sent acknowledged(String id, String room, long seq) {
    return new Sent(id, room, false, Outcome.ACKNOWLEDGED, seq);
  }

  static Sent unknown(String id, String room) {
    return new Sent(id, room, false, Outcome.UNKNOWN, 0);
  }

  Sent toTheOthers() {
    return new Sent(id, room, true, outcome, seq);
  }
}
