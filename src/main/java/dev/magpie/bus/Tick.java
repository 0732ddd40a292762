package dev.magpie.bus;

/**
 * The reaper's beat.
 *
 * @param count of the ticks since the reaper started, from 1
 * @param nanoTime when it was published, by {@link System#nanoTime()} of this process
 */
public record Tick(long count, long nanoTime) {}
