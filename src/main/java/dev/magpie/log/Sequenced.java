package dev.magpie.log;

/** What is delivered of a logged event, and its number. */
record Sequenced<D>(long seq, D delivered) {}
