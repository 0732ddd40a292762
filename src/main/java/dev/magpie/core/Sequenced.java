package dev.magpie.core;

/** A broadcast and its number in the log. */
record Sequenced(long seq, Broadcast broadcast) {}
