package dev.magpie.api;

import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import io.vertx.json.schema.OutputUnit;
import io.vertx.openapi.validation.SchemaValidationException;
import io.vertx.openapi.validation.ValidatorException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** What a validator of the document says, as the fields that are wrong and what the document allows there. Stateless. */
final class SchemaErrors {
  /** Fields that are named; a caller mends the first ones first. */
  private static final int MOST = 20;

  private static final Pattern PARAMETER = Pattern.compile("(?s)(query|path|header) parameter (\\S+)( is invalid.*)?");
  private static final Pattern REQUIRED = Pattern.compile("required property \"(.*)\"", Pattern.DOTALL);
  /** That the value has another type than this alternative; of {@code anyOf}, whatever is wrong in an alternative. */
  private static final Pattern OTHER = Pattern.compile("(.*?/oneOf/\\d+/)(?:\\$ref/)*type|(.*?/anyOf/\\d+/).*");

  /** Keywords whose failure only says that something below failed. */
  private static final Set<String> OUTER = Set.of("$ref", "properties", "items", "propertyNames", "oneOf");

  private SchemaErrors() {}

  /** @param schema of the body; null where there is none */
  static Problem problem(ValidatorException failure, @Nullable JsonObject schema) {
    Matcher parameter = PARAMETER.matcher(failure.getMessage());
    if (parameter.find()) {
      String missing = parameter.group(3) == null ? "required" : failure.getMessage().replaceFirst("(?s).*Reason: ", "");
      return Problem.invalid(parameter.group(1), "/" + parameter.group(2), missing);
    }
    if (failure instanceof SchemaValidationException wrong && schema != null) return Problem.invalid(fields(wrong.getOutputUnit(), schema));
    return Problem.invalid("body", "", schema == null ? "required" : "required; allowed: " + allowed(schema));
  }

  static List<Problem.Field> fields(OutputUnit found, JsonObject schema) {
    Map<String, Problem.Field> fields = new LinkedHashMap<>();
    List<OutputUnit> units = ofTheMeantBranch(found.getErrors());
    for (OutputUnit unit : units) {
      String keyword = last(unit.getKeywordLocation());
      if (OUTER.contains(keyword)) continue;
      String pointer = pointer(unit.getInstanceLocation());
      Matcher required = REQUIRED.matcher(unit.getError());
      if (keyword.equals("required") && required.find()) pointer += "/" + required.group(1);
      JsonObject node = node(schema, unit.getKeywordLocation());
      // The validator takes a known member that is wrong for an additional one, too.
      if (keyword.equals("additionalProperties") && isKnown(node, last(pointer))) continue;
      fields.putIfAbsent(pointer, new Problem.Field("body", pointer, detail(keyword, node)));
      if (fields.size() == MOST) break;
    }
    if (fields.isEmpty()) return List.of(new Problem.Field("body", "", "allowed: " + allowed(schema)));
    return new ArrayList<>(fields.values());
  }

  /** Of alternatives, the one whose type the value has: where it has none of them, nothing is left, and all are named. */
  private static List<OutputUnit> ofTheMeantBranch(List<OutputUnit> units) {
    Set<String> others = units.stream().map(OutputUnit::getKeywordLocation).map(OTHER::matcher).filter(Matcher::matches)
        .map(other -> other.group(1) != null ? other.group(1) : other.group(2)).collect(Collectors.toSet());
    return units.stream().filter(unit -> others.stream().noneMatch(unit.getKeywordLocation()::startsWith)).toList();
  }

  private static boolean isKnown(JsonObject node, String member) {
    JsonObject properties = node.getJsonObject("properties");
    return properties != null && properties.containsKey(member);
  }

  private static String detail(String keyword, JsonObject node) {
    return switch (keyword) {
      case "required" -> "required";
      case "additionalProperties" -> node.getValue("additionalProperties") instanceof JsonObject values ? "allowed: " + allowed(values)
          : "unknown field; allowed: " + String.join(", ", new TreeSet<>(node.getJsonObject("properties").fieldNames()));
      case "anyOf" -> "required: at least one of " + node.getJsonArray("anyOf").stream()
          .map(branch -> ((JsonObject) branch).getJsonArray("required").getString(0)).collect(Collectors.joining(", "));
      default -> "allowed: " + allowed(node);
    };
  }

  /** What a schema allows, in words. */
  static String allowed(JsonObject schema) {
    if (schema.containsKey("x-allowed")) return schema.getString("x-allowed");
    if (schema.containsKey("enum")) return "one of " + words(schema.getJsonArray("enum"));
    if (schema.containsKey("const")) return String.valueOf(schema.getValue("const"));
    if (schema.containsKey("oneOf"))
      return schema.getJsonArray("oneOf").stream().map(branch -> allowed((JsonObject) branch)).collect(Collectors.joining(", or "));
    Object type = schema.getValue("type");
    if (type instanceof JsonArray types) return "one of the types " + words(types);
    return switch (String.valueOf(type)) {
      case "string" -> "a string of " + schema.getValue("minLength", 0)
          + (schema.containsKey("maxLength") ? " to " + schema.getValue("maxLength") : " or more") + " characters";
      case "integer" -> "an integer from " + schema.getValue("minimum") + " to " + schema.getValue("maximum");
      case "array" -> "an array of " + schema.getValue("minItems", 0) + " to " + schema.getValue("maxItems") + " elements";
      case "object" -> "an object with " + String.join(", ", new TreeSet<>(schema.getJsonObject("properties").fieldNames()));
      case "boolean" -> "true or false";
      default -> "any JSON value";
    };
  }

  private static String words(JsonArray values) {
    return values.stream().map(String::valueOf).collect(Collectors.joining(", "));
  }

  /** The schema that has the keyword of this location. */
  private static JsonObject node(JsonObject schema, String location) {
    String[] steps = location.split("/");
    Object node = schema;
    for (int i = 1; i < steps.length - 1; i++) {
      if (steps[i].equals("$ref")) continue;
      if (node instanceof JsonObject object) node = object.getValue(steps[i].replace("~1", "/").replace("~0", "~"));
      // Items are counted where the schema is one for all.
      else if (node instanceof JsonArray array && steps[i].matches("\\d+")) node = array.getValue(Integer.parseInt(steps[i]));
    }
    return node instanceof JsonObject object ? object : new JsonObject();
  }

  private static String last(String location) {
    return location.substring(location.lastIndexOf('/') + 1);
  }

  private static String pointer(String location) {
    return location.startsWith("#") ? location.substring(1) : location;
  }
}
