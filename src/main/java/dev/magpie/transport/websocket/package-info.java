/**
 * WebSocket (RFC 6455) on a channel that is taken over from Vert.x. Entry class: {@link
 * dev.magpie.transport.websocket.WebSocketUpgrade}; it opens a {@link dev.magpie.transport.websocket.WebSocketChannel}, which reads and
 * writes. A channel is used on its event loop only. Imports {@code transport}, {@code heartbeat}, {@code admission} and {@code http}.
 */
@Internal
package dev.magpie.transport.websocket;

import dev.magpie.Internal;
