/**
 * What an operator asks a running Magpie: is it alive, is it ready ({@link dev.magpie.ops.Health}), what did it do ({@link
 * dev.magpie.ops.Metrics}), which build is it. {@link dev.magpie.ops.OpsRoutes} answers over HTTP. Imports {@code core} (its counters)
 * and {@code logging}.
 */
@Internal
package dev.magpie.ops;

import dev.magpie.Internal;
