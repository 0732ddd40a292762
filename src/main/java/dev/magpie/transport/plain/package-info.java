/**
 * Plain WebSocket: a client without Socket.IO's protocol, one message a frame. Enter at {@link
 * dev.magpie.transport.plain.PlainWebSocketServer}. Used on its endpoint's context. Imports the rest of the transport but {@code engineio},
 * and ids from {@code protocol}.
 */
package dev.magpie.transport.plain;
