/**
 * The chat: rooms, who is here, messages with an author and a place in one order, on namespace {@code /chat}. {@link dev.magpie.chat.Chat}
 * is the application and says what travels; a package-private port, {@code ChatLog}, keeps what was said. Imports {@code core} and {@code
 * bus}.
 */
package dev.magpie.chat;
