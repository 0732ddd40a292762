/**
 * Bytes in, messages out: links to clients, whatever carries them. Knows no namespaces.
 *
 * <p>Enter at {@link dev.magpie.transport.Link} and {@link dev.magpie.transport.LinkListener}. Imports Vert.x's HTTP only; {@code
 * WebSocketChannel}, {@code WebSocketFrames} and their handlers are the classes that know Netty.
 */
package dev.magpie.transport;
