/**
 * TLS of listeners: certificates from PEM files or self-signed, the choice among them by the host that a client names, what happens to a
 * connection before its first request. Imports {@code transport}, {@code transport.admission} (which counts connections) and {@code files}.
 */
@Internal
@NullMarked
package dev.magpie.transport.tls;

import dev.magpie.Internal;
import org.jspecify.annotations.NullMarked;
