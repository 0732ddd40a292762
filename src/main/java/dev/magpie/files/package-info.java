/**
 * Folders of one process below a folder that several share.
 *
 * <p>Enter at {@link dev.magpie.files.ProcessFolder}. Imports nothing of Magpie's.
 */
package dev.magpie.files;
