package dev.magpie.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.mongodb.MongoCommandException;
import com.mongodb.ServerAddress;
import io.vertx.core.Vertx;
import io.vertx.junit5.VertxExtension;
import org.bson.BsonDocument;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** What a stream of inserts says of a database that it cannot follow. With databases: {@code EmitterVerticleTest}. */
@ExtendWith(VertxExtension.class)
class InsertStreamTest {

  @Test
  void aServerThatStandsAloneIsToldFromOneThatIsAway() {
    BsonDocument answer = BsonDocument.parse(
        "{ok: 0, errmsg: 'The $changeStream stage is only supported on replica sets', code: 40573, codeName: 'Location40573'}");
    assertThat(InsertStream.reason(new MongoCommandException(answer, new ServerAddress())))
        .isEqualTo("the database has no change streams, since it is no replica set");
  }

  @Test
  void aRefusalIsToldInTheServersWords() {
    BsonDocument answer = BsonDocument.parse("{ok: 0, errmsg: 'not authorized on emitters', code: 13, codeName: 'Unauthorized'}");
    assertThat(InsertStream.reason(new MongoCommandException(answer, new ServerAddress()))).isEqualTo("not authorized on emitters");
  }

  @Test
  void anAddressThatCannotBeReadIsNotShown(Vertx vertx) {
    StoreOptions options = StoreOptions.at("mongodb://user:hush/word@localhost");
    assertThatThrownBy(() -> InsertStream.open(vertx, options, null, "events", new BsonDocument(), document -> {}))
        .isInstanceOf(IllegalArgumentException.class).hasMessageContaining("mongo.connection_string").hasMessageNotContaining("hush");
  }
}
