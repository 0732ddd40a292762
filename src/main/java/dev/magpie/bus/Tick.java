package dev.magpie.bus;

/**
 * A tick of the reaper, at which every instance processes its expired timers. Passed by reference within the process.
 *
 * @param count number of ticks since the reaper started, from 1
 * @param nanoTime time of publication, by {@link System#nanoTime()} of this process
 */
public record Tick(long count, long nanoTime) {}
