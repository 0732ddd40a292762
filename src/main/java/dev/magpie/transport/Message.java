package dev.magpie.transport;

import dev.magpie.Internal;
import io.vertx.core.buffer.Buffer;
import java.util.List;

/**
 * One outbound message: a text and the binary attachments that must follow it directly. Immutable and shared between loops: each framed
 * form is encoded once, by the loop that needs it first. Two loops may encode the same form at the same moment; either result may be kept.
 */
@Internal
public final class Message {
  private final String text;
  private final List<Buffer> attachments;
  private final String key;
  private final Object[] forms = new Object[Framing.COUNT];

  private Message(String text, List<Buffer> attachments, String key) {
    this.text = text;
    this.attachments = attachments;
    this.key = key;
  }

  public static Message text(String text) {
    return new Message(text, List.of(), null);
  }

  public static Message of(String text, List<Buffer> attachments) {
    return new Message(text, List.copyOf(attachments), null);
  }

  /** A binary message without a text before it. */
  public static Message binary(Buffer data) {
    return new Message(null, List.of(data), null);
  }

  /** The same with a key: a later message of this key replaces it while it is queued for a slow reader. */
  public Message latest(String key) {
    return new Message(text, attachments, key);
  }

  /** The same, but the later message is queued behind all others. */
  public Message latestAtEnd(String key) {
    return latest(SendQueue.movingToEnd(key));
  }

  /** Null for a message that nothing replaces. */
  public String key() {
    return key;
  }

  /** Null for a message of attachments only. */
  public String text() {
    return text;
  }

  /** Read-only: they are shared with every other receiver. */
  public List<Buffer> attachments() {
    return attachments;
  }

  /** Characters of the text and bytes of the attachments. */
  public int length() {
    int length = text == null ? 0 : text.length();
    for (Buffer attachment : attachments) length += attachment.length();
    return length;
  }

  /** This message in a transport's framing, encoded at the first call. */
  @SuppressWarnings("unchecked")
  public <T> T form(Framing<T> framing) {
    Object form = forms[framing.slot()];
    if (form == null) {
      // A benign race: a form is immutable (final fields), so another thread sees it completely or not at all.
      form = framing.encode(this);
      forms[framing.slot()] = form;
    }
    return (T) form;
  }
}
