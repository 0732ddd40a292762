package dev.magpie.protocol;

/**
 * Bounds that a decoder holds before it allocates.
 *
 * @param maxAttachments of one packet; announcing more is refused before a place is made for any
 * @param maxDepth of nested arrays and objects
 * @param maxNameLength of an event's name, in characters
 * @param maxNamespaceLength in characters
 * @param maxNumberLength digits and signs of one number
 * @param maxValues of one packet's data: elements and members, on all levels; objects take far more room than their text
 * @param maxAttachmentBytes all attachments of one packet together: what an unfinished packet may hold on the heap
 */
public record DecoderLimits(
    int maxAttachments, int maxDepth, int maxNameLength, int maxNamespaceLength, int maxNumberLength, int maxValues,
    long maxAttachmentBytes) {

  private static final long DEFAULT_ATTACHMENT_BYTES = 16L << 20;

  public static final DecoderLimits DEFAULT = new DecoderLimits(10, 64, 256, 256, 1000, 100_000);

  public DecoderLimits(int maxAttachments, int maxDepth, int maxNameLength, int maxNamespaceLength, int maxNumberLength, int maxValues) {
    this(maxAttachments, maxDepth, maxNameLength, maxNamespaceLength, maxNumberLength, maxValues, DEFAULT_ATTACHMENT_BYTES);
  }
}
