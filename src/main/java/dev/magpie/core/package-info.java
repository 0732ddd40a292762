/**
 * Public API: namespaces, rooms and sockets; events in, broadcasts out, over any transport. Single-threaded by contract: everything of one
 * {@link dev.magpie.core.Io} happens on its context; instances meet through the ports {@link dev.magpie.core.Broadcaster} and {@link
 * dev.magpie.core.ClusterQueries} only.
 *
 * <p>Enter at {@link dev.magpie.core.Io}. Imports {@code protocol}, {@code log}, {@code logging} and {@code transport}.
 */
@NullMarked
package dev.magpie.core;

import org.jspecify.annotations.NullMarked;
