/**
 * The HTTP side of one event loop: {@link dev.magpie.gateway.GatewayVerticle} opens the listeners, serves pages and operators' questions,
 * and mounts the applications. Imports {@code core}, {@code cluster}, {@code transport}, {@code bus} and {@code ops}.
 */
package dev.magpie.gateway;
