/**
 * Engine.IO, versions 3 and 4: sessions over long-polling and WebSocket, with upgrade. Entry class: {@link
 * dev.magpie.transport.engineio.EngineServer}. A session is used on its owner's context only, on whatever loop its requests arrive. Imports
 * the other packages of the transport except {@code plain}, and ids from {@code protocol}.
 */
@Internal
package dev.magpie.transport.engineio;

import dev.magpie.Internal;
