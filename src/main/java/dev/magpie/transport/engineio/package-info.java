/**
 * Engine.IO, versions 3 and 4: sessions over long-polling and WebSocket, with upgrade and heartbeat.
 *
 * <p>Enter at {@link dev.magpie.transport.engineio.EngineServer}. Imports {@code transport} only.
 */
package dev.magpie.transport.engineio;
