package dev.magpie.search;

import java.nio.file.Path;

/**
 * Where an index keeps its files.
 *
 * @param folder for all of it; made where there is none
 * @param meaning whether to search by meaning too
 * @param restMs delay before the first model is loaded, for a faster start of the program
 */
public record SearchOptions(Path folder, boolean meaning, long restMs) {}
