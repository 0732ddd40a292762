/**
 * The chat on namespace {@code /chat}: rooms, presence, ordered messages, moderation. {@link dev.magpie.chat.Chat} is the application and
 * documents the events; messages are stored in the namespace's log ({@code StoredChatLog}). Each chat is used on its gateway's context;
 * {@code ChatState}, which the gateways of a listener share, has a context of its own.
 *
 * <p>Who is there is the presence of the namespace. Imports {@code core}, {@code state}, {@code log}, {@code bus} and {@code ops}.
 */
@Internal
package dev.magpie.chat;

import dev.magpie.Internal;
