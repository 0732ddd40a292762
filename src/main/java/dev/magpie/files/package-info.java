/**
 * Folders of one process below a folder that several share.
 *
 * <p>Enter at {@link dev.magpie.files.ProcessFolder}. Imports nothing of Magpie's.
 */
@Internal
package dev.magpie.files;

import dev.magpie.Internal;
