/**
 * The contract between transports and the layers above: a {@link dev.magpie.transport.Link} carries messages, its {@link
 * dev.magpie.transport.LinkListener} receives them, a {@link dev.magpie.transport.CloseReason} ends it. Knows no namespaces. A link is used
 * on its owner's context only. Imports no other package of Magpie; its subpackages implement it.
 *
 * <p>Public API: {@link dev.magpie.transport.CloseReason} and {@link dev.magpie.transport.Handshake}; the other types are internal.
 */
package dev.magpie.transport;
