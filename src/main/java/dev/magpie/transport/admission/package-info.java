/**
 * Who is let in, and how much each may hold: places and handshakes ({@link dev.magpie.transport.admission.Admission}), origins, the memory
 * of what is unfinished ({@link dev.magpie.transport.admission.MemoryBudget}). Counted for all event loops together; a token or an account
 * belongs to one connection and its loop. Imports {@code transport} and {@code heartbeat}.
 *
 * <p>Public API: {@link dev.magpie.transport.admission.AdmissionLimits}; the other types are internal.
 */
package dev.magpie.transport.admission;
