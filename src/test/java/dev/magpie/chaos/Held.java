package dev.magpie.chaos;

/** A message as one client holds it. */
record Held(long seq, String id, String room) {}
