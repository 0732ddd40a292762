/**
 * How the program writes its log with Logback: as text ({@link dev.magpie.logging.EscapedMessage}, {@link
 * dev.magpie.logging.EscapedStackTrace}, named in {@code logback.xml}) or as JSON ({@link dev.magpie.logging.JsonLines}). Nothing that
 * comes from outside can make a line of its own. {@link dev.magpie.logging.ThrottledWarning} needs SLF4J alone, and may be used from any
 * thread. Imports none of Magpie's packages.
 */
@Internal
package dev.magpie.logging;

import dev.magpie.Internal;
