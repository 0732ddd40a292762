package dev.magpie.log;

/** What of a namespace survives: how much is done so that its clients miss nothing. */
public enum Recovery {
  /** Nothing is kept: who is away misses what is said. */
  NONE,
  /** Events and sessions are kept in this process, within bounds: a client that reconnects misses nothing, a restart forgets all. */
  MEMORY,
  /** Events and sessions are in the store before anyone sees them: a crash loses nothing either. */
  DURABLE
}
