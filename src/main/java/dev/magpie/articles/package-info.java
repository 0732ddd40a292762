/**
 * The command line {@code articles import} and {@code articles export}: files of articles, and what is wrong in them.
 *
 * <p>Enter at {@link dev.magpie.articles.ArticlesCommand}. Imports {@code store}.
 */
@Internal
package dev.magpie.articles;

import dev.magpie.Internal;
