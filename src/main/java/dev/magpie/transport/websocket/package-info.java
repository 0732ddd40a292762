/**
 * The WebSocket itself (RFC 6455) on a channel that is taken over from Vert.x: enter at {@link
 * dev.magpie.transport.websocket.WebSocketUpgrade}. With {@code transport.http} and {@code transport.admission} the only part of the wire
 * that knows Netty. A channel is used on its event loop only. Imports {@code transport}, {@code heartbeat}, {@code admission} and {@code
 * http}.
 */
@Internal
package dev.magpie.transport.websocket;

import dev.magpie.Internal;
