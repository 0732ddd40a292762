package dev.magpie.api;

import dev.magpie.protocol.DecoderLimits;
import dev.magpie.protocol.ProtocolException;
import dev.magpie.protocol.Values;
import io.vertx.core.buffer.Buffer;
import io.vertx.openapi.mediatype.ContentAnalyser;
import io.vertx.openapi.mediatype.MediaTypePredicate;
import io.vertx.openapi.mediatype.MediaTypeRegistry;
import io.vertx.openapi.mediatype.impl.DefaultMediaTypeRegistration;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/** A JSON body, read as events of clients are: within the same limits, and with all digits of its numbers. On a worker thread. */
final class JsonBody implements ContentAnalyser {
  static final String JSON = "application/json";
  static final String EVENT = "application/cloudevents+json";
  static final String EVENTS = "application/cloudevents-batch+json";

  private final Buffer content;
  private @Nullable Object value;

  private JsonBody(Buffer content) {
    this.content = content;
  }

  /** The types of bodies that the document may name, and of answers. */
  static MediaTypeRegistry registry() {
    return MediaTypeRegistry.createEmpty().register(new DefaultMediaTypeRegistration(
        MediaTypePredicate.ofExactTypes(JSON, EVENT, EVENTS, "application/problem+json"),
        (type, content, context) -> new JsonBody(content)));
  }

  @Override
  public void checkSyntacticalCorrectness() {
    try {
      String text = StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(content.getBytes())).toString();
      value = Values.read(text, DecoderLimits.DEFAULT);
    } catch (CharacterCodingException notUtf8) {
      throw Problem.invalid("body", "", "not UTF-8");
    } catch (ProtocolException notJson) {
      throw Problem.invalid("body", "", notJson.getMessage());
    }
  }

  @Override
  public @Nullable Object transform() {
    return value;
  }
}
