/**
 * Everything that persists: the embedded MongoDB, the connection to it or to another, the articles, and the durable form of {@code log}.
 * May be used from any thread; work that blocks is done on worker threads.
 *
 * <p>Enter at {@link dev.magpie.store.Store}. Imports {@code log}, {@code bus}, {@code files}, {@code logging}, and of {@code protocol} how
 * values are written; {@code MongoWire} is the one class here that knows Netty.
 */
@Internal
package dev.magpie.store;

import dev.magpie.Internal;
