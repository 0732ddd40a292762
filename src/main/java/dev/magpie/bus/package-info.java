/**
 * Public API: the messages on the event bus, as types. {@link dev.magpie.bus.Addresses} has the addresses, the records are the messages;
 * verticles in other languages send the same JSON. Imports of Magpie's only the conversion of values, {@code protocol}.
 */
@NullMarked
package dev.magpie.bus;

import org.jspecify.annotations.NullMarked;
