package dev.magpie.settings;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ApplicationSectionTest {
  private static final JsonObject DECLARED = new JsonObject().put("text", "").put("flag", false).put("whole", 1).put("fraction", 1.5)
      .put("list", new JsonArray()).put("object", new JsonObject()).putNull("any");

  private static JsonObject check(String section) {
    SettingsFile file = SettingsFile.parse("file", "{\n\"shop\": " + section.replace('\'', '"') + "}");
    return ApplicationSection.checked(new SettingType.Place(file, "shop"), DECLARED, file.values().get("shop"));
  }

  @Test
  void hasValuesOfTheTypesOfTheDefaults() {
    JsonObject section = new JsonObject().put("text", "a").put("flag", true).put("whole", 3_000_000_000L).put("fraction", 2)
        .put("list", new JsonArray().add(1).addNull().add(new JsonObject().put("a", 1.5)))
        .put("object", new JsonObject().put("a", new JsonArray().add("b"))).putNull("any");
    assertThat(check(section.encode())).isEqualTo(section);
    assertThat(check("{}")).isEmpty();
  }

  @ParameterizedTest
  @CsvSource(delimiter = '~', textBlock = """
      {'txt': 'a'}       ~ shop.txt: not a setting; allowed in shop: text, flag, whole, fraction, list, object, any
      {'text': 1}        ~ shop.text: of another type; allowed: a text
      {'text': null}     ~ shop.text: of another type; allowed: a text
      {'flag': 'true'}   ~ shop.flag: of another type; allowed: true or false
      {'whole': 1.5}     ~ shop.whole: of another type; allowed: a whole number
      {'whole': 1e30}    ~ shop.whole: of another type; allowed: a whole number
      {'fraction': '1'}  ~ shop.fraction: of another type; allowed: a number
      {'list': {}}       ~ shop.list: of another type; allowed: a list
      {'object': []}     ~ shop.object: of another type; allowed: an object
      []                 ~ shop: of another type; allowed: an object with text, flag, whole, fraction, list, object, any
      """)
  void refusesWhatTheApplicationHasNotDeclared(String section, String message) {
    assertThatThrownBy(() -> check(section)).isInstanceOf(SettingsException.class).hasMessage("file:2: " + message);
  }
}
