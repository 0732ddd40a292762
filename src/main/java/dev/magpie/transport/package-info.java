/**
 * Bytes in, messages out: links to clients, whatever carries them. Knows no namespaces.
 *
 * <p>Enter at {@link dev.magpie.transport.Link} and {@link dev.magpie.transport.LinkListener}; at {@link
 * dev.magpie.transport.WebSocketUpgrade} for the WebSocket itself. Imports Vert.x's HTTP only; {@code WebSocketUpgrade}, {@code
 * WebSocketChannel}, {@code WebSocketFrames} and what belongs to them ({@code SharedFrame}, {@code FrameDecoder}, {@code LoopTurn}) are the
 * classes that know Netty.
 */
package dev.magpie.transport;
