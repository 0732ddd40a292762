package dev.magpie.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import dev.magpie.core.Broadcast;
import dev.magpie.core.ClusterQuestion;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.util.List;
import org.junit.jupiter.api.Test;

class WireTest {
  private static final JsonArray EVENT =
      new JsonArray(
          java.util.Arrays.asList(
              "e", null, true, false, 1, 1L << 40, 0.5, "套餐 \uD83D\uDE00", Buffer.buffer(new byte[] {0, -1}),
              new BigInteger("123456789012345678901234567890"),
              new BigDecimal("0.10"), new JsonObject().put("list", new JsonArray().add(Buffer.buffer("x")).add(new JsonObject())).put("a.b",
              1)));

  @Test
  void carriesABroadcastWithTheExactTypesOfItsValues() {
    Broadcast said = new Broadcast(Broadcast.Action.EMIT, "/chat", List.of("tea", "milk"), List.of("id"), EVENT, true, "me", "e.1")
        .latest("score");
    Broadcast heard = reread(said);
    assertThat(heard.action()).isEqualTo(said.action());
    assertThat(heard.namespace()).isEqualTo("/chat");
    assertThat(heard.rooms()).containsExactly("tea", "milk");
    assertThat(heard.except()).containsExactly("id");
    assertThat((List<?>) heard.event().getList()).isEqualTo(EVENT.getList());
    assertThat(heard.event().getList().get(5)).isInstanceOf(Long.class);
    assertThat(heard.event().getList().get(4)).isInstanceOf(Integer.class);
    assertThat(heard.unreliable()).isTrue();
    assertThat(heard.origin()).isEqualTo("me");
    assertThat(heard.offset()).isEqualTo("e.1");
    assertThat(heard.key()).isEqualTo("score");
  }

  @Test
  void carriesQuestionsAndReplies() {
    Broadcast selection = new Broadcast(Broadcast.Action.SERVER_EVENT, "/", List.of(), List.of(), EVENT, false, "", null);
    Wire.Writer writer = new Wire.Writer();
    Wire.write(writer, new ClusterQuestion(ClusterQuestion.Kind.ACKNOWLEDGE, selection, 5_000));
    Wire.write(writer, new Reply(EVENT));
    Wire.Reader reader = new Wire.Reader(writer.buffer());
    ClusterQuestion question = Wire.readQuestion(reader);
    assertThat(question.kind()).isEqualTo(ClusterQuestion.Kind.ACKNOWLEDGE);
    assertThat(question.timeoutMillis()).isEqualTo(5_000);
    assertThat(question.selection().offset()).isNull();
    assertThat(question.selection().key()).isNull();
    assertThat(question.selection().action()).isEqualTo(Broadcast.Action.SERVER_EVENT);
    assertThat((List<?>) Wire.readReply(reader).answer().getList()).isEqualTo(EVENT.getList());
  }

  @Test
  void isWrittenBehindWhatIsThereAlready() {
    Vertx vertx = Vertx.vertx();
    try {
      BusCodec.register(vertx.eventBus(), Reply.class, Wire::write, Wire::readReply);
      BusCodec.register(vertx.eventBus(), Reply.class, Wire::write, Wire::readReply);
      BusCodec<Reply> codec = BusCodec.of(Reply.class, Wire::write, Wire::readReply);
      Buffer wire = Buffer.buffer("head");
      codec.encodeToWire(wire, new Reply(EVENT));
      wire.appendString("tail");
      assertThat((List<?>) codec.decodeFromWire(4, wire).answer().getList()).isEqualTo(EVENT.getList());
      Reply same = new Reply(EVENT);
      assertThat(codec.transform(same)).isSameAs(same);
    } finally {
      vertx.close();
    }
  }

  private static Broadcast reread(Broadcast said) {
    Wire.Writer writer = new Wire.Writer();
    Wire.write(writer, said);
    return Wire.readBroadcast(new Wire.Reader(writer.buffer()));
  }
}
