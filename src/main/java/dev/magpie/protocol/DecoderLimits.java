package dev.magpie.protocol;

import org.jspecify.annotations.NullMarked;

/**
 * Bounds of a packet that a client sends, checked before memory is allocated. A packet beyond one closes the connection as {@code parse
 * error}. Immutable.
 *
 * @param maxAttachments number of attachments that one packet announces
 * @param maxDepth depth of nested arrays and objects
 * @param maxNameLength length of an event's name, in characters
 * @param maxNamespaceLength length of a namespace's name, in characters
 * @param maxNumberLength length of one number, in characters
 * @param maxValues number of values in one packet: elements and members on all levels; objects take far more memory than their text
 * @param maxAttachmentBytes bytes of all attachments of one packet, which an unfinished packet may hold in memory
 */
@NullMarked
public record DecoderLimits(
    int maxAttachments, int maxDepth, int maxNameLength, int maxNamespaceLength, int maxNumberLength, int maxValues,
    long maxAttachmentBytes) {

  private static final long DEFAULT_ATTACHMENT_BYTES = 16L << 20;

  /** 10 attachments of 16 MiB together, depth 64, names of 256 and numbers of 1,000 characters, 100,000 values. */
  public static final DecoderLimits DEFAULT = new DecoderLimits(10, 64, 256, 256, 1000, 100_000);

  /** Limits with 16 MiB of attachments. */
  public DecoderLimits(int maxAttachments, int maxDepth, int maxNameLength, int maxNamespaceLength, int maxNumberLength, int maxValues) {
    this(maxAttachments, maxDepth, maxNameLength, maxNamespaceLength, maxNumberLength, maxValues, DEFAULT_ATTACHMENT_BYTES);
  }
}
