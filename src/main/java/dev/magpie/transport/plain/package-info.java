/**
 * Plain WebSocket: clients without Socket.IO's protocol, one message per frame. Entry class: {@link
 * dev.magpie.transport.plain.PlainWebSocketServer}. Used on its endpoint's context. Imports the other packages of the transport except
 * {@code engineio}, and ids from {@code protocol}.
 */
@Internal
package dev.magpie.transport.plain;

import dev.magpie.Internal;
