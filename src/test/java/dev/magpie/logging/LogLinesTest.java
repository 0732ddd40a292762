package dev.magpie.logging;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.joran.JoranConfigurator;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.classic.util.LogbackMDCAdapter;
import ch.qos.logback.core.OutputStreamAppender;
import io.vertx.core.json.JsonObject;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The log as the program's own {@code logback.xml} writes it. */
class LogLinesTest {
  private static final String TIME = "\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\d\\.\\d{3}(Z|[+-]\\d\\d:\\d\\d)";

  /** Each ends a line somewhere, moves the cursor, or turns the writing direction. */
  private static final String FORGERY = "a\nb\rc\td\u000be\u000cf\u001b[2Kg\u0085h\u2028i\u2029j\u202ek\u0000l\u007fm";

  private final LoggerContext context = new LoggerContext();
  private final ByteArrayOutputStream written = new ByteArrayOutputStream();
  private OutputStreamAppender<ILoggingEvent> appender;

  @BeforeEach
  void configure() throws Exception {
    context.setMDCAdapter(new LogbackMDCAdapter());
    JoranConfigurator configurator = new JoranConfigurator();
    configurator.setContext(context);
    configurator.doConfigure(LogLinesTest.class.getResource("/logback.xml"));
    appender = (OutputStreamAppender<ILoggingEvent>) context.getLogger(Logger.ROOT_LOGGER_NAME).getAppender("out");
    appender.setOutputStream(written);
  }

  @Test
  void haveADateWithItsZone() {
    context.getLogger("dev.magpie.A").info("started port={}", 8000);
    assertThat(text()).matches(TIME + " INFO  dev\\.magpie\\.A +started port=8000\\R");
  }

  @Test
  void areNotForgedByAMessage() {
    context.getLogger("dev.magpie.A").info("event name={}", FORGERY);
    assertThat(lines()).hasSize(1);
    assertThat(text()).endsWith("event name=a\\nb\\rc\\td\\u000be\\u000cf\\u001b[2Kg\\u0085h\\u2028i\\u2029j\\u202ek\\u0000l\\u007fm"
        + System.lineSeparator());
  }

  @Test
  void areNotForgedByAnExceptionItsCauseOrASuppressedOne() {
    Exception failure = new IllegalStateException("outer" + FORGERY, new RuntimeException("cause" + FORGERY));
    failure.addSuppressed(new RuntimeException("suppressed" + FORGERY));
    context.getLogger("dev.magpie.A").error("failed", failure);
    assertThat(lines().get(0)).endsWith("failed");
    assertThat(lines().subList(1, lines().size()))
        .allMatch(line -> line.matches("\t+at .*|\t*\\.\\.\\. .*|(\t*Suppressed: |Caused by: )?java\\.lang\\.\\w+: \\w+a\\\\nb.*"));
    assertThat(text()).contains("outera\\nb", "causea\\nb", "suppresseda\\nb")
        .doesNotContain("\u001b", "\u0085", "\u2028", "\u2029", "\u202e", "\u0000");
  }

  @ParameterizedTest
  @ValueSource(strings = {"套餐 🙂", "C:\\new\\data", "naïve “quotes”", ""})
  void showOrdinaryTextAsItIs(String text) {
    assertThat(LogText.escape(text)).isEqualTo(text);
  }

  @Test
  void asJsonAreOneObjectEach() {
    JsonLines encoder = new JsonLines();
    encoder.setContext(context);
    encoder.start();
    appender.setEncoder(encoder);
    context.getLogger("dev.magpie.A").warn("event name={}", FORGERY + "\"}", new IllegalStateException("outer" + FORGERY));
    assertThat(lines()).hasSize(1);
    assertThat(text()).doesNotContain("\u0085", "\u2028", "\u2029", "\u202e");
    JsonObject line = new JsonObject(text());
    assertThat(line.getString("time")).matches(TIME);
    assertThat(line.getString("level")).isEqualTo("WARN");
    assertThat(line.getString("loggerName")).isEqualTo("dev.magpie.A");
    assertThat(line.getString("formattedMessage")).isEqualTo("event name=" + FORGERY + "\"}");
    assertThat(line.getJsonObject("throwable").getString("message")).isEqualTo("outer" + FORGERY);
  }

  private String text() {
    return written.toString(StandardCharsets.UTF_8);
  }

  private List<String> lines() {
    return List.of(text().split("[\n\r\u000b\u000c\u0085\u2028\u2029]"));
  }
}
