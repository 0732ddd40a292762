/**
 * Instances meet on the event bus: what one says, all hear; what one asks, all answer. Loops of one process and nodes of a cluster are the
 * same case.
 *
 * <p>Enter at {@link dev.magpie.cluster.EventBusCluster}, found by {@link java.util.ServiceLoader}.
 * Imports {@code core}, {@code bus} and {@code protocol}.
 */
@Internal
package dev.magpie.cluster;

import dev.magpie.Internal;
