package dev.magpie.bot;

import static org.assertj.core.api.Assertions.assertThat;

import dev.magpie.bus.Question;
import dev.magpie.store.CannedAnswer;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.List;
import org.junit.jupiter.api.Test;

class CannedAnswersTest {
  /** What is equal to 1 by JavaScript's {@code ==}. */
  @Test
  void one() {
    Object[] ones = {
      "1", 1, 1L, 1.0, " 1 ", "1.0", "01", "1.", "+1", "1e0", "10e-1", "0x1", "0b1", "0o1", "\u00a01\ufeff", "\n1\t", true,
          new JsonArray().add(1),
      new JsonArray().add("1"), new JsonArray().add(" 1 "), new JsonArray().add(new JsonArray().add(1))
    };
    for (Object said : ones) assertThat(answer(said)).as("%s", said).isEqualTo("您当前的话费有2元");
  }

  @Test
  void two() {
    for (Object said : new Object[] {"2", 2, " 2 ", "2.0", "02", new JsonArray().add(2), "0x2"})
      assertThat(answer(said)).as("%s", said).isEqualTo("您当前的流量有200M");
  }

  @Test
  void everythingElse() {
    Object[] others = {
      "", " ", null, "3", "12", "1 2", "true", "一", "１", "1d", "1f", "0x1p0", "-1", false, new JsonArray(), new JsonArray().add(1).add(2),
          new JsonArray().add(true),
      new JsonArray().addNull(), new JsonObject(), new JsonObject().put("valueOf", 1), "NaN", "Infinity", "+0x1", "1e999999999",
      "1".repeat(100_000), "1" + "0".repeat(300), ".*"
    };
    for (Object said : others) assertThat(answer(said)).as("%s", said).isEqualTo("请输入正确的信息");
  }

  @Test
  void aListNestedWithoutEndIsNoNumber() {
    JsonArray nested = new JsonArray().add(1);
    for (int i = 0; i < 5_000; i++) nested = new JsonArray().add(nested);
    assertThat(JsNumber.of(nested)).isNaN();
  }

  @Test
  void theEditorsAnswersAreFoundByTheirWords() {
    List<CannedAnswer> canned = List.of(new CannedAnswer("a", List.of("营业时间", "Opening hours?"), "9-18"),
        new CannedAnswer("b", List.of("３"), "three"), new CannedAnswer("c", List.of(), "what?"));
    for (String said : List.of("营业时间？", " 营业 时间", "opening HOURS"))
      assertThat(CannedAnswers.answer(Question.of(said), canned).text()).as(said).isEqualTo("9-18");
    assertThat(CannedAnswers.answer(Question.of("营业"), canned).text()).isEqualTo("what?");
    assertThat(CannedAnswers.answer(Question.of("1"), canned).text()).isEqualTo("what?");
  }

  private static String answer(Object said) {
    return CannedAnswers.answer(Question.of(said), CannedAnswers.TUTORIAL).text();
  }
}
