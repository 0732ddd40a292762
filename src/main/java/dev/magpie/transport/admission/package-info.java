/**
 * Which clients are admitted, and how much each may use: numbers of clients and handshakes ({@link
 * dev.magpie.transport.admission.Admission}), limits per address and per user ({@link dev.magpie.transport.admission.LimitTable}), origins,
 * the memory of unfinished work ({@link dev.magpie.transport.admission.MemoryBudget}). Counted for all event loops together; a token or an
 * account belongs to one connection and its loop. Imports {@code transport} and {@code heartbeat}.
 *
 * <p>Public API: {@link dev.magpie.transport.admission.AdmissionLimits} with {@link dev.magpie.transport.admission.ClientLimits} and {@link
 * dev.magpie.transport.admission.Quotas}; the other types are internal.
 */
package dev.magpie.transport.admission;
