package dev.magpie.core;

/**
 * Why a value is not allowed; told to the client: see {@link InvalidPayload}.
 *
 * @param path to the part of the value that is wrong, such as {@code items[2].price}; empty for the value itself
 * @param expected what is allowed there, such as {@code must be greater than 0}
 */
public record Violation(String path, String expected) {}
