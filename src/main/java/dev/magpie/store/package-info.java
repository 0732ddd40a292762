/**
 * Everything that persists: the embedded MongoDB, the connection to it or to another, the articles.
 *
 * <p>Enter at {@link dev.magpie.store.Store}. Imports {@code core}'s ports, {@code bus}, and of
 * {@code protocol} how values are written; {@code MongoWire} is the one class here that knows Netty.
 */
package dev.magpie.store;
