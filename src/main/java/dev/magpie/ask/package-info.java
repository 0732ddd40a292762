/**
 * What visitors' pages say to the bot: an application on namespace {@code /bot}.
 *
 * <p>Enter at {@link dev.magpie.ask.AskBot}. Imports {@code core}'s public API and {@code bus}.
 */
@Internal
package dev.magpie.ask;

import dev.magpie.Internal;
