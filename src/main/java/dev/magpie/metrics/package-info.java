/**
 * Public API: the numbers of an {@link dev.magpie.core.Io} for a registry of Micrometer, which is an optional dependency. Enter at {@link
 * dev.magpie.metrics.IoMeters}. Imports {@code core} and {@code transport} (the reasons of ends).
 */
@NullMarked
package dev.magpie.metrics;

import org.jspecify.annotations.NullMarked;
