/**
 * The HTTP side of one event loop: {@link dev.magpie.gateway.GatewayVerticle} opens the listeners, serves pages and operators' questions,
 * and mounts the applications. Each gateway is used on its own context. Imports {@code core}, {@code log} (its options), {@code protocol}
 * (its limits), {@code transport} with its TLS, {@code bus}, {@code ops} and {@code api}.
 */
@Internal
package dev.magpie.gateway;

import dev.magpie.Internal;
