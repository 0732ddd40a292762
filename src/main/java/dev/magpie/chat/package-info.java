/**
 * The chat: rooms, who is here, messages with an author and a place in one order, on namespace {@code /chat}. {@link dev.magpie.chat.Chat}
 * is the application and says what travels; what was said is the namespace's own log ({@code KeptChatLog}). Each chat is used on its
 * gateway's context; {@code ChatHouse} has one of its own. Imports {@code core}, {@code log}, {@code bus} and {@code ops}.
 */
@Internal
package dev.magpie.chat;

import dev.magpie.Internal;
