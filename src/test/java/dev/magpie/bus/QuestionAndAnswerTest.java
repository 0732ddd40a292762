package dev.magpie.bus;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.magpie.bus.Answer.Hit;
import dev.magpie.bus.Answer.Outcome;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.List;
import org.junit.jupiter.api.Test;

class QuestionAndAnswerTest {
  @Test
  void aQuestionTravelsAsPlainJson() {
    Question question = Question.of("套餐").lang("zh-CN").visitor("v1").conversation("c1").history(List.of("话费"));
    assertThat(question.toJson())
        .isEqualTo(new JsonObject("{\"text\":\"套餐\",\"lang\":\"zh-CN\",\"visitor\":\"v1\",\"conversation\":\"c1\",\"history\":[\"话费\"]}"));
    assertThat(Question.from(question.toJson())).isEqualTo(question);
  }

  @Test
  void anAnswerInPiecesIsAskedForAndBegunInPlainJson() {
    Question question = Question.of("天气").stream("magpie.bot.pieces.7").lang("zh-CN");
    assertThat(question.toJson().encode()).isEqualTo("{\"text\":\"天气\",\"lang\":\"zh-CN\",\"stream\":\"magpie.bot.pieces.7\"}");
    assertThat(Question.from(question.toJson())).isEqualTo(question);
    Answer answer = Answer.of("今天").beginning().confidence(0.5);
    assertThat(answer.toJson().getBoolean("more")).isTrue();
    assertThat(Answer.from(answer.toJson())).isEqualTo(answer);
  }

  @Test
  void aNumberIsAskedAsItsText() {
    assertThat(Question.of(5).text()).isEqualTo("5");
    assertThat(Question.of(5.0).text()).isEqualTo("5");
    assertThat(Question.of(-0.0).text()).isEqualTo("0");
    assertThat(Question.of(2.50).text()).isEqualTo("2.5");
    assertThat(Question.of(10000000000L).text()).isEqualTo("10000000000");
    assertThat(Question.of(1e300).text()).hasSizeLessThan(10);
  }

  @Test
  void whatIsNoTextIsKeptBesideAnEmptyText() {
    for (Object said : new Object[] {new JsonObject().put("$ne", null), new JsonArray().add(1), true}) {
      Question question = Question.of(said);
      assertThat(question.text()).isEmpty();
      assertThat(question.said()).isEqualTo(said);
      assertThat(Question.from(question.toJson())).isEqualTo(question);
    }
    assertThat(Question.of(null).text()).isEmpty();
    assertThat(Question.from(Question.of(null).toJson())).isEqualTo(Question.of(null));
  }

  @Test
  void aFieldOfAnotherTypeCountsAsMissing() {
    Question question = Question.from(new JsonObject("{\"text\":{\"$ne\":null},\"lang\":1,\"history\":[\"a\",2,null],\"visitor\":[]}"));
    assertThat(question.text()).isEmpty();
    assertThat(question.lang()).isNull();
    assertThat(question.visitor()).isNull();
    assertThat(question.history()).containsExactly("a");
    assertThat(Question.from(new JsonObject()).text()).isEmpty();
  }

  @Test
  void anAnswerTravelsAsPlainJson() {
    Answer answer = Answer.of("今天晴").confidence(0.9).result(List.of(new Hit("5d0a", "天气")));
    assertThat(answer.toJson())
        .isEqualTo(
        new JsonObject("{\"outcome\":\"ANSWER\",\"text\":\"今天晴\",\"confidence\":0.9,\"result\":[{\"_id\":\"5d0a\",\"title\":\"天气\"}]}"));
    for (Answer each : List.of(answer, Answer.pass(), Answer.notFound("没有"), Answer.suggest("?", answer.result())))
      assertThat(Answer.from(each.toJson())).isEqualTo(each);
  }

  @Test
  void anAnswererMayLeaveOutAllButTheText() {
    assertThat(Answer.from(new JsonObject().put("text", "yes"))).isEqualTo(Answer.of("yes"));
    assertThat(Answer.from(new JsonObject()).outcome()).isEqualTo(Outcome.PASS);
  }

  @Test
  void whatIsNoAnswerIsRefused() {
    for (String json : new String[] {"{\"outcome\":\"MAYBE\"}", "{\"outcome\":null}", "{\"result\":[1]}", "{\"confidence\":\"high\"}"}) {
      assertThatThrownBy(() -> Answer.from(new JsonObject(json))).as(json).isInstanceOf(IllegalArgumentException.class);
    }
    assertThatThrownBy(() -> Answer.from(null)).isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void confidenceStaysBetweenNoneAndCertain() {
    assertThat(Answer.of("a").confidence(7).confidence()).isEqualTo(1);
    assertThat(Answer.of("a").confidence(-1).confidence()).isEqualTo(0);
  }
}
