/**
 * What travels on the event bus, as types: {@link dev.magpie.bus.Addresses} names where, the records say what. Public and stable. Imports
 * of Magpie's only the conversion of values, {@link dev.magpie.protocol.Values}.
 */
@NullMarked
package dev.magpie.bus;

import org.jspecify.annotations.NullMarked;
