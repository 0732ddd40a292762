package dev.magpie.api;

import static dev.magpie.testing.Await.await;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.magpie.staff.Audit;
import dev.magpie.store.Store;
import dev.magpie.store.StoreOptions;
import dev.magpie.testing.TestMongo;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonObject;
import io.vertx.junit5.VertxExtension;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

@ExtendWith(VertxExtension.class)
class KeysCommandTest {
  @TempDir Path folder;

  private final ByteArrayOutputStream out = new ByteArrayOutputStream();
  private final ByteArrayOutputStream err = new ByteArrayOutputStream();

  @ParameterizedTest
  @CsvSource(delimiter = '~', textBlock = """
      ''                                        ~ keys: what?
      make shop                                 ~ keys: what?
      create                                    ~ keys create: the name is missing
      create shop                               ~ keys create: the scope is missing
      create shop --scope                       ~ keys create: --scope: its value is missing
      create shop --scope emit,write            ~ keys create: --scope: emit,write; allowed: emit,read,manage,metrics
      create shop --scope emit,                 ~ keys create: --scope: emit,; allowed: emit,read,manage,metrics
      create shop two --scope emit              ~ keys create: two: a second name; allowed: one
      create -shop --scope emit                 ~ keys create: -shop: not an option here
      create a/b --scope emit                   ~ keys create: the name; allowed: up to 64 letters, digits, spaces and . _ @ -
      create shop --scope emit --rate 0         ~ keys create: --rate: 0; allowed: a whole number from 1 to 1000000
      create shop --scope emit --expires soon   ~ keys create: --expires: soon; allowed: a whole number from 1 to 36500
      list all                                  ~ keys list: nothing else is allowed
      revoke                                    ~ keys revoke: one id is needed
      revoke mgp_wrong                          ~ keys revoke: not the id of a key; allowed: 12 letters and digits
      """)
  void whatIsNotAllowedIsRefusedInOneLine(String words, String message) {
    List<String> written = words.isEmpty() ? List.of() : List.of(words.split(" "));
    assertThatThrownBy(() -> KeysCommand.Arguments.parse(written)).isInstanceOf(IllegalArgumentException.class)
        .hasMessageStartingWith(message);
  }

  @Test
  void aWholeKeyIsRevokedByTheIdInIt() {
    KeysCommand.Arguments parsed = KeysCommand.Arguments.parse(List.of("revoke", "mgp_abcdefghijkl_" + "s".repeat(43)));
    assertThat(parsed.subject()).isEqualTo("abcdefghijkl");
  }

  @Test
  void listsKeysWithTheirStateAndWithoutSecrets() {
    StoreOptions store = StoreOptions.embedded(folder.resolve("data"));
    assertThat(run(store, "create", "the shop", "--scope", "read,emit", "--rate", "20")).isZero();
    String key = taken(out).strip();
    assertThat(key).matches("mgp_[0-9a-z]{12}_[\\w-]{43}");
    assertThat(taken(err)).startsWith("created id=" + key.substring(4, 16) + " name=the shop scopes=emit,read rate=20 expires=never");
    assertThat(run(store, "list")).isZero();
    assertThat(taken(out)).contains(key.substring(4, 16) + " valid   emit,read", " the shop\n").doesNotContain(key.substring(17));
    assertThat(run(store, "revoke", key.substring(4, 16))).isZero();
    assertThat(run(store, "list")).isZero();
    assertThat(taken(out)).contains(key.substring(4, 16) + " revoked emit,read");
    assertThat(run(store, "revoke", "abcdefghijkl")).isEqualTo(1);
    assertThat(taken(err)).contains("magpie: keys revoke: abcdefghijkl: there is no such key");
  }

  @Test
  void theAuditSaysWhichKeyWasMadeAndRevoked(Vertx vertx) {
    StoreOptions options = StoreOptions.embedded(folder.resolve("data"));
    assertThat(run(options, "create", "shop", "--scope", "read")).isZero();
    String id = taken(out).substring(4, 16);
    assertThat(run(options, "revoke", id)).isZero();
    Store store = await(Store.open(vertx, options));
    List<JsonObject> lines = await(Audit.of(store).newest(null, 10));
    assertThat(lines).extracting(line -> line.getString("action") + " " + line.getString("target"))
        .containsExactlyInAnyOrder("key.revoke key:" + id, "key.create key:" + id);
    await(store.close());
  }

  @Test
  void worksOnAServerOfMongoDb(Vertx vertx) throws Exception {
    try (TestMongo mongo = TestMongo.start(folder.resolve("mongo"))) {
      StoreOptions options = new StoreOptions(Optional.of(mongo.connectionString()), mongo.newDatabase(), folder.resolve("data"));
      assertThat(run(options, "create", "shop", "--scope", "read", "--expires", "7")).as(err.toString(StandardCharsets.UTF_8)).isZero();
      String key = taken(out).strip();
      Store store = await(Store.open(vertx, options));
      ApiKeys keys = ApiKeys.of(vertx);
      keys.use(Future.succeededFuture(store.client()));
      assertThat(await(keys.check(key, "127.0.0.1")).name()).isEqualTo("shop");
      assertThat(run(options, "revoke", key.substring(4, 16))).isZero();
      // An opening anew is what another server would see.
      keys.use(Future.succeededFuture(store.client()));
      assertThatThrownBy(() -> await(keys.check(key, "127.0.0.1"))).cause().hasMessage("the API key was revoked");
      await(store.close());
    }
  }

  @Test
  void aDatabaseThatDoesNotAnswerIsSaidInOneLineWithoutItsPassword() {
    StoreOptions away = new StoreOptions(Optional.of("mongodb://user:hidden-word@127.0.0.1:1"), "koa", folder.resolve("data"));
    assertThat(run(away, "list")).isEqualTo(2);
    assertThat(taken(err)).hasLineCount(1).startsWith("magpie: ").doesNotContain("hidden-word", "Exception");
  }

  private int run(StoreOptions options, String... words) {
    return new KeysCommand(new PrintStream(out, true, StandardCharsets.UTF_8), new PrintStream(err, true, StandardCharsets.UTF_8))
        .run(KeysCommand.Arguments.parse(List.of(words)), options);
  }

  private static String taken(ByteArrayOutputStream stream) {
    String text = stream.toString(StandardCharsets.UTF_8);
    stream.reset();
    return text;
  }
}
