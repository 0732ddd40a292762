package dev.magpie.store;

import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.time.format.DateTimeFormatterBuilder;
import java.time.format.DateTimeParseException;
import java.time.temporal.TemporalAccessor;
import java.util.Optional;

/** Parses ISO 8601 timestamps with an offset, without one (UTC), and dates. Pure. */
final class Times {
  private static final DateTimeFormatter FORMAT =
      new DateTimeFormatterBuilder()
          .parseCaseInsensitive()
          .append(DateTimeFormatter.ISO_LOCAL_DATE)
          .appendPattern("['T'][' ']")
          .appendOptional(DateTimeFormatter.ISO_LOCAL_TIME)
          .appendPattern("[' '][XXX][XX][X]")
          .toFormatter();

  private static final Instant EARLIEST = Instant.parse("0000-01-01T00:00:00Z");

  /** Later ones have no date of ISO 8601 with four digits for the year, and some have no milliseconds in 64 bits. */
  private static final Instant LATEST = Instant.parse("9999-12-31T23:59:59.999Z");

  private Times() {}

  /** @param value a text, or milliseconds since 1970 */
  static Optional<Instant> read(Object value) {
    Optional<Instant> time = value instanceof Number millis ? ofMillis(millis)
        : value instanceof String text ? parse(text.strip()) : Optional.empty();
    return time.filter(read -> !read.isBefore(EARLIEST) && !read.isAfter(LATEST));
  }

  private static Optional<Instant> ofMillis(Number millis) {
    // longValue of a BigInteger is its lowest 64 bits.
    boolean isExact = Math.abs(millis.doubleValue()) <= 1L << 53;
    return isExact ? Optional.of(Instant.ofEpochMilli(millis.longValue())) : Optional.empty();
  }

  private static Optional<Instant> parse(String text) {
    try {
      TemporalAccessor read = FORMAT.parseBest(text, OffsetDateTime::from, LocalDateTime::from, LocalDate::from);
      if (read instanceof OffsetDateTime time) return Optional.of(time.toInstant());
      return Optional.of((read instanceof LocalDateTime time ? time : ((LocalDate) read).atStartOfDay()).toInstant(ZoneOffset.UTC));
    } catch (DateTimeParseException e) {
      return Optional.empty();
    }
  }
}
