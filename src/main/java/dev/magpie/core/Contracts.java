package dev.magpie.core;

import static java.nio.charset.StandardCharsets.US_ASCII;

import io.vertx.core.buffer.Buffer;
import io.vertx.core.json.Json;
import io.vertx.core.json.JsonObject;
import io.vertx.core.json.pointer.JsonPointer;
import io.vertx.json.schema.Draft;
import io.vertx.json.schema.JsonSchema;
import io.vertx.json.schema.JsonSchemaOptions;
import io.vertx.json.schema.OutputFormat;
import io.vertx.json.schema.OutputUnit;
import io.vertx.json.schema.Validator;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Contracts of events as JSON Schemas, one for each argument. Needs {@code io.vertx:vertx-json-schema} on the class path.
 *
 * <pre>{@code
 * io.of("/shop").contract("order", Contracts.of(JsonSchema.of(new JsonObject(text))));
 * }</pre>
 */
public final class Contracts {
  private Contracts() {}

  /**
   * A contract of schemas of draft 2020-12, unless one names another draft as {@code $schema}. A missing argument is checked as null,
   * binary data as a string; further arguments are allowed.
   */
  public static Contract of(JsonSchema... arguments) {
    List<Argument> checks = new ArrayList<>();
    for (JsonSchema schema : arguments) checks.add(new Argument(schema));
    return args -> {
      for (int i = 0; i < checks.size(); i++) {
        Violation violation = checks.get(i).check(i < args.size() ? args.getValue(i) : null, "[" + i + "]");
        if (violation != null) return violation;
      }
      return null;
    };
  }

  /** The schema of one argument. */
  private static final class Argument {
    private final JsonSchema schema;
    private final Validator validator;

    Argument(JsonSchema schema) {
      this.schema = schema;
      this.validator = Validator.create(schema, new JsonSchemaOptions().setBaseUri("https://magpie.invalid/").setDraft(draft(schema))
          .setOutputFormat(OutputFormat.Basic));
    }

    private static Draft draft(JsonSchema schema) {
      return schema.containsKey("$schema") ? Draft.fromIdentifier(schema.get("$schema")) : Draft.DRAFT202012;
    }

    @Nullable Violation check(@Nullable Object value, String place) {
      OutputUnit found = validator.validate(value instanceof Buffer data ? data.toString(US_ASCII) : value);
      if (Boolean.TRUE.equals(found.getValid())) return null;
      OutputUnit error = innermost(found);
      return new Violation(place + path(error.getInstanceLocation()), expected(error));
    }

    /** Of the keyword that is nested deepest: the others say only that something in them is wrong. */
    private static OutputUnit innermost(OutputUnit found) {
      List<OutputUnit> errors = found.getErrors() == null ? List.of() : found.getErrors();
      OutputUnit innermost = found;
      for (OutputUnit error : errors) if (innermost == found || depth(error) > depth(innermost)) innermost = error;
      return innermost;
    }

    private static int depth(OutputUnit error) {
      return steps(error.getKeywordLocation()).length;
    }

    /** The keyword and its value, such as {@code minimum 1}: the validator's own text names what came, not what is allowed. */
    private String expected(OutputUnit error) {
      String location = error.getAbsoluteKeywordLocation();
      if (location == null || !location.contains("#/") || !(schema instanceof JsonObject members)) return "a value as in its schema";
      String pointer = location.substring(location.indexOf("#/") + 1);
      Object value = JsonPointer.from(pointer).queryJson(members);
      return value == null ? "a value as in its schema" : pointer.substring(pointer.lastIndexOf('/') + 1) + " " + Json.encode(value);
    }
  }

  private static String[] steps(@Nullable String pointer) {
    return pointer == null || pointer.length() < 2 ? new String[0] : pointer.substring(2).split("/");
  }

  private static String path(@Nullable String pointer) {
    StringBuilder path = new StringBuilder();
    for (String step : steps(pointer)) {
      if (step.chars().allMatch(Character::isDigit)) path.append('[').append(step).append(']');
      else path.append('.').append(step.replace("~1", "/").replace("~0", "~"));
    }
    return path.toString();
  }
}
