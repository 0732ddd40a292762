/**
 * Identity by settings: JSON Web Tokens, the keys that verify them, and which namespaces need them. Entry: {@link
 * dev.magpie.auth.Authentication}. Uses core.
 */
@Internal
@NullMarked
package dev.magpie.auth;

import dev.magpie.Internal;
import org.jspecify.annotations.NullMarked;
