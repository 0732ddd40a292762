/**
 * The program: {@link dev.magpie.Main} checks the settings and starts Vert.x, {@link dev.magpie.MainVerticle} deploys the parts. Imports
 * every package; none imports anything of it but the annotation {@link dev.magpie.Internal}.
 */
@Internal
package dev.magpie;
