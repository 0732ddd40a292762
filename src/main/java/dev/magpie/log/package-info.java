/**
 * Public API: the log of a namespace, a dense sequence of events, and the sessions by which its clients recover. Applications use the
 * values ({@link dev.magpie.log.LogEntry}, {@link dev.magpie.log.LoggedEvent}) and the options; a store of their own implements the ports
 * {@link dev.magpie.log.RecoveryProvider}, {@link dev.magpie.log.EventLog} and {@link dev.magpie.log.RecoveryStore}. Internal are their
 * form in memory and the one appender of a process ({@code SharedLog}).
 *
 * <p>Knows no sockets and no broadcasts. A log is appended to on a context of its own; stores may be called from any thread. Imports {@code
 * protocol} and {@code logging}.
 */
@NullMarked
package dev.magpie.log;

import org.jspecify.annotations.NullMarked;
