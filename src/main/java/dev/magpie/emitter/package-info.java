/**
 * Events of backends that use {@code @socket.io/mongo-emitter}, for Magpie's clients: {@link dev.magpie.emitter.EmitterVerticle}. Imports
 * {@code bus}, {@code core}, {@code logging}, {@code ops}, {@code protocol} and {@code store}.
 */
@Internal
package dev.magpie.emitter;

import dev.magpie.Internal;
