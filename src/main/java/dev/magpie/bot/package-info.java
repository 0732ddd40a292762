/**
 * The bot: asked over the event bus, answers from canned answers, articles and whatever answerer a verticle adds.
 *
 * <p>Enter at {@link dev.magpie.bot.BotVerticle}. Imports {@code bus}, {@code store}, {@code search} and {@code ops}.
 */
@Internal
package dev.magpie.bot;

import dev.magpie.Internal;
