/**
 * The beat by which gateways look for clients that missed their pong: {@link dev.magpie.reaper.ReaperVerticle}. Imports {@code bus} only.
 */
@Internal
package dev.magpie.reaper;

import dev.magpie.Internal;
