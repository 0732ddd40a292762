/**
 * The log of a namespace, a dense sequence of events, and what is kept of its clients so that they recover: the ports ({@link
 * dev.magpie.log.EventLog}, {@link dev.magpie.log.RecoveryStore}, {@link dev.magpie.log.RecoveryProvider}), their form in memory, and the
 * one appender of a process ({@code SharedLog}). Knows no sockets and no broadcasts. A log is appended to on a context of its own; stores
 * may be called from any thread. Imports {@code protocol} and {@code logging}.
 */
package dev.magpie.log;
