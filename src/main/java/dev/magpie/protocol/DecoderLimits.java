package dev.magpie.protocol;

/**
 * Bounds that a decoder holds before it allocates.
 *
 * @param maxAttachments of one packet; announcing more is refused before a place is made for any
 * @param maxDepth of nested arrays and objects
 * @param maxNameLength of an event's name, in characters
 * @param maxNamespaceLength in characters
 * @param maxNumberLength digits and signs of one number
 */
public record DecoderLimits(int maxAttachments, int maxDepth, int maxNameLength, int maxNamespaceLength, int maxNumberLength) {
  public static final DecoderLimits DEFAULT = new DecoderLimits(10, 64, 256, 256, 1000);
}
