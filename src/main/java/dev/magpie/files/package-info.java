/**
 * Folders of one process below a folder that several share, and files that only their owner may read.
 *
 * <p>Enter at {@link dev.magpie.files.ProcessFolder}. Imports {@code logging}.
 */
@Internal
package dev.magpie.files;

import dev.magpie.Internal;
