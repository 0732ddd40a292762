/**
 * HTTP requests of all kinds: the checks of a request's head, the last answer of a connection and how it closes, files of the class path,
 * the log of faults. Used on the event loop of the request. Imports {@code transport} and {@code admission}.
 */
@Internal
package dev.magpie.transport.http;

import dev.magpie.Internal;
