/**
 * The tutorial's programs, each an {@link dev.magpie.core.Application} of a screenful: what a reader of the tutorial wrote for Node, as it
 * is written for Magpie. Their words on the wire are the tutorial's, exactly; its defects are not carried over. They may be mounted all
 * together on one server, or apart as {@code conf/tutorial.json} does. {@code ExampleScores} and {@code ExampleMap} are not the tutorial's:
 * they show retained state and presence, each on a namespace of its own. Imports {@code core}, {@code state} and {@code bus}.
 */
@Internal
package dev.magpie.tutorial;

import dev.magpie.Internal;
