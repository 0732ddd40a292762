/**
 * Finds the entry that answers a question, by words (Lucene) and by meaning (small embedding models, run by ONNX Runtime). Knows no event
 * bus and no database: what it is given it finds again.
 *
 * <p>Enter at {@link dev.magpie.search.SearchIndex}. Imports {@code files} and {@code logging}.
 */
@Internal
package dev.magpie.search;

import dev.magpie.Internal;
