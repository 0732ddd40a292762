/**
 * The packet formats of Socket.IO and of plain WebSockets: encoders and decoders of text and attachments, arguments of events, and ids.
 * Pure: no input or output, no threads.
 *
 * <p>Enter at {@link dev.magpie.protocol.WireFormat} and {@link dev.magpie.protocol.Packet}. Imports Vert.x's buffer and JSON types and
 * Jackson only.
 *
 * <p>Public API: {@link dev.magpie.protocol.DecoderLimits}; the other types are internal.
 */
package dev.magpie.protocol;
