/**
 * The program: {@link dev.magpie.Main} checks the settings and starts Vert.x, {@link dev.magpie.MainVerticle} deploys the parts. Imports
 * every package; the others import only the annotation {@link dev.magpie.Internal}.
 */
@Internal
package dev.magpie;
