/**
 * The HTTP API for other services, below {@code /api/v1}: {@link dev.magpie.api.ApiRoutes} builds its routes from an OpenAPI document,
 * {@link dev.magpie.api.ApiKeys} checks the keys that requests carry, {@link dev.magpie.api.KeysCommand} makes and revokes keys on the
 * command line. Imports {@code core}, {@code log}, {@code logging}, {@code ops}, {@code protocol}, {@code staff} (the audit), {@code
 * state}, {@code store} and {@code transport} with its limits and answers.
 */
@Internal
@NullMarked
package dev.magpie.api;

import dev.magpie.Internal;
import org.jspecify.annotations.NullMarked;
