package dev.magpie.testing;

import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/**
 * A test class that loads the whole machine, or depends on how fast it answers: no other class of the build runs beside it. All others
 * share the two JVMs of the build, see {@link TestClassLock}.
 */
@Retention(RetentionPolicy.RUNTIME)
@Target(ElementType.TYPE)
public @interface Alone {}
