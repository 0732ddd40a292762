/**
 * The HTTP API for other services, below {@code /api/v1}: {@link dev.magpie.api.ApiRoutes} builds its routes from an OpenAPI document.
 * Imports {@code core}, {@code log}, {@code state}, {@code store}, {@code ops}, {@code protocol} and {@code transport.http}.
 */
@Internal
@NullMarked
package dev.magpie.api;

import dev.magpie.Internal;
import org.jspecify.annotations.NullMarked;
