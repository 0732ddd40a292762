/**
 * Room state against a reference model: presence, counts, retained values and streams of several instances in a simulation, whose seed
 * decides what happens and in which order. {@link dev.magpie.model.ModelRun} runs, {@link dev.magpie.model.Truth} says what should be, and
 * {@link dev.magpie.model.View} what a client has been shown.
 */
package dev.magpie.model;
