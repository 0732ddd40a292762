package dev.magpie.log;

/** The number of a logged event, and what is delivered of it. */
record Sequenced<D>(long seq, D delivered) {}
