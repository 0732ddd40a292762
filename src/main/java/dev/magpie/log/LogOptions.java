package dev.magpie.log;

import dev.magpie.Internal;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * The options of an instance by which its logs are opened. Immutable.
 *
 * @param name name of the instance: instances of one name share their logs
 * @param recovery limits, and the settings of the store
 * @param provider class name of the {@link RecoveryProvider}, or null for the only one on the class path
 * @param clock milliseconds since 1970
 */
@Internal
public record LogOptions(String name, RecoveryOptions recovery, @Nullable String provider, LongSupplier clock) {}
