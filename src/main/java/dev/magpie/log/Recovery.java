package dev.magpie.log;

/** What is kept of a namespace, so that clients that reconnect miss nothing. */
public enum Recovery {
  /** Nothing: a client misses the events that are sent while it is away. */
  NONE,
  /** Events and sessions, in this process and within bounds; lost by a restart. */
  MEMORY,
  /** Events and sessions, in the store before a client gets them: they survive a crash. */
  DURABLE
}
