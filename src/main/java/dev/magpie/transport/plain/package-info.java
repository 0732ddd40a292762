/**
 * Plain WebSocket: a client without Socket.IO's protocol, one message a frame. Enter at {@link
 * dev.magpie.transport.plain.PlainWebSocketServer}. Used on its endpoint's context. Imports the rest of the transport but {@code engineio},
 * and ids from {@code protocol}.
 */
@Internal
package dev.magpie.transport.plain;

import dev.magpie.Internal;
