package dev.magpie.search;

import java.nio.file.Path;

/**
 * Where an index keeps its files.
 *
 * @param folder for all of it; made where there is none
 * @param meaning whether to search by meaning too
 * @param restMs before the first model is loaded: a program that starts has better things to do
 */
public record SearchOptions(Path folder, boolean meaning, long restMs) {}
