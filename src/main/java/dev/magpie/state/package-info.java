/**
 * Public API: the state of rooms that all instances of one Vert.x share: retained values, and the plumbing of presence and streams.
 * Internal are the {@code Hub}, which owns that state, and what passes between it and the instances.
 *
 * <p>Knows no sockets. State machines here have no threads of their own: the hub's part runs on the hub's executor, an instance's part on
 * the instance's, and a test replaces both and the clock. Imports {@code log} and {@code protocol}.
 */
@NullMarked
package dev.magpie.state;

import org.jspecify.annotations.NullMarked;
