/**
 * What a load generator talks to: the one application that is mounted only where {@code applications} names it, as {@code conf/bench.json}
 * does. Imports core alone.
 */
@Internal
package dev.magpie.bench;

import dev.magpie.Internal;
