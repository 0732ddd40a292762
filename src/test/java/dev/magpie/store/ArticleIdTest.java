package dev.magpie.store;

import static org.assertj.core.api.Assertions.assertThat;

import io.vertx.core.json.JsonObject;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

class ArticleIdTest {
  static Stream<Object> values() {
    return Stream.of(
        "plain", "中文", "7", "-7", "007", "1.5", "5d0a1b2c3d4e5f6071829304", "5D0A1B2C3D4E5F6071829304", "\"quoted\"", "\"", "{",
            "{\"$oid\":\"5d0a1b2c3d4e5f6071829304\"}", "",
        7, -7, 0, 1L << 40, Long.MAX_VALUE, 1.5, 7.0, new JsonObject().put("$oid", "5d0a1b2c3d4e5f6071829304"), new JsonObject()
            .put("$date", "2026-01-01T00:00:00Z"));
  }

  @ParameterizedTest
  @MethodSource("values")
  void aKeyIsReadBackWithItsType(Object value) {
    ArticleId id = new ArticleId(value);
    assertThat(ArticleId.parse(id.key()).stored()).isEqualTo(id.stored());
  }

  @Test
  void twoIdsNeverShareAKey() {
    List<ArticleId> ids = values().map(ArticleId::new).distinct().toList();
    assertThat(ids.stream().map(ArticleId::key)).doesNotHaveDuplicates();
  }

  @ParameterizedTest
  @ValueSource(strings = {"plain", "5d0a1b2c3d4e5f6071829304", "7"})
  void visitorsSeeTextsAndObjectIdsAndNumbersWithoutTheirTypes(String text) {
    assertThat(new ArticleId(text).shown()).isEqualTo(text);
    assertThat(ArticleId.parse(text).shown()).isEqualTo(text);
  }

  @Test
  void aWholeNumberIsTheSameWhateverItsType() {
    assertThat(new ArticleId(7)).isEqualTo(new ArticleId(7L)).isEqualTo(new ArticleId(7.0));
  }
}
