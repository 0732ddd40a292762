package dev.magpie.store;

import static org.assertj.core.api.Assertions.assertThat;

import com.mongodb.client.model.changestream.UpdateDescription;
import java.util.List;
import org.bson.BsonDocument;
import org.junit.jupiter.api.Test;

/** What a change stream's documents say to the feed; no server that has one can be had for the tests. */
class ChangeStreamTest {
  private static final BsonDocument KEY = BsonDocument.parse("{\"_id\":{\"$oid\":\"5d0a7c3e8f1b2a3c4d5e0001\"}}");

  @Test
  void aChangedArticleIsHintedByItsId() {
    assertThat(ChangeStream.ids(KEY, null)).contains(List.of("5d0a7c3e8f1b2a3c4d5e0001"));
    assertThat(ChangeStream.ids(BsonDocument.parse("{\"_id\":\"own\"}"), update("{\"title\":\"x\",\"hits\":1}"))).contains(List.of("own"));
  }

  @Test
  void countingIsNoChange() {
    assertThat(ChangeStream.ids(KEY, update("{\"hits\":1}"))).isEmpty();
    assertThat(ChangeStream.ids(KEY, update("{\"helpful\":1,\"unhelpful\":2,\"chosen\":3}"))).isEmpty();
  }

  @Test
  void whatNamesNoArticleAsksForAFullLook() {
    assertThat(ChangeStream.ids(null, null)).contains(List.of());
    assertThat(ChangeStream.ids(BsonDocument.parse("{\"_id\":7}"), null)).contains(List.of());
  }

  private static UpdateDescription update(String fields) {
    return new UpdateDescription(List.of(), BsonDocument.parse(fields));
  }
}
