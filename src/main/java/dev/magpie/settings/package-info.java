/**
 * The settings file and the environment variables that override it: each key with its type, default and meaning is defined once, in {@link
 * dev.magpie.settings.SettingsTable}. Read at the start and immutable, so any thread may use them. Imports the options that it fills:
 * {@code gateway}, {@code log}, {@code transport}, {@code transport.admission}, and {@code ops} (which build it is).
 */
@Internal
package dev.magpie.settings;

import dev.magpie.Internal;
