/**
 * Engine.IO, versions 3 and 4: sessions over long-polling and WebSocket, with upgrade. Enter at {@link
 * dev.magpie.transport.engineio.EngineServer}. A session is used on its owner's context only, wherever its requests arrive. Imports the
 * rest of the transport but {@code plain}, and ids from {@code protocol}.
 */
@Internal
package dev.magpie.transport.engineio;

import dev.magpie.Internal;
