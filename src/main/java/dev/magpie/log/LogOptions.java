package dev.magpie.log;

import dev.magpie.Internal;
import java.util.function.LongSupplier;

/**
 * What opens the logs of an instance.
 *
 * @param name of the instance: those of one name share their logs
 * @param provider class name of the {@link RecoveryProvider}, or null for the only one of the class path
 * @param clock milliseconds since 1970
 */
@Internal
public record LogOptions(String name, RecoveryOptions recovery, String provider, LongSupplier clock) {}
