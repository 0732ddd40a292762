package dev.magpie.logging;

import ch.qos.logback.classic.encoder.JsonEncoder;
import ch.qos.logback.classic.spi.ILoggingEvent;
import java.nio.charset.StandardCharsets;
import java.time.ZoneId;
import java.time.format.DateTimeFormatter;

/** {@code log.format: "json"}: a JSON object a line, by Logback's encoder, with the time as in the text format. */
public final class JsonLines extends JsonEncoder {
  private static final DateTimeFormatter TIME = DateTimeFormatter.ofPattern("yyyy-MM-dd'T'HH:mm:ss.SSSXXX")
      .withZone(ZoneId.systemDefault());

  public JsonLines() {
    setWithTimestamp(false);
    setWithNanoseconds(false);
    setWithSequenceNumber(false);
    setWithContext(false);
    setWithMarkers(false);
    setWithMDC(false);
    setWithMessage(false);
    setWithFormattedMessage(true);
    setWithArguments(false);
  }

  @Override
  protected void appendCustomFields(StringBuilder line, ILoggingEvent event) {
    line.append(VALUE_SEPARATOR);
    appenderMember(line, "time", TIME.format(event.getInstant()));
  }

  /** Escapes U+2028 and similar characters, which some readers treat as line ends. */
  @Override
  public byte[] encode(ILoggingEvent event) {
    String line = new String(super.encode(event), StandardCharsets.UTF_8);
    return (LogText.escape(line.stripTrailing()) + '\n').getBytes(StandardCharsets.UTF_8);
  }
}
