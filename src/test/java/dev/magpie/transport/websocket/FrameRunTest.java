package dev.magpie.transport.websocket;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBufUtil;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;

class FrameRunTest {
  private final LoopTurn turn = LoopTurn.current();
  private final SharedFrame one = new SharedFrame(bytes("one"));
  private final SharedFrame two = new SharedFrame(bytes("two,"));
  private final SharedFrame three = new SharedFrame(bytes("three"));

  @Test
  void isTheSameForAllWhoWereSentTheSame() {
    FrameRun alice = turn.begin(one).then(two);
    FrameRun bob = turn.begin(one).then(two);
    assertThat(bob).isSameAs(alice);
    assertThat(alice.then(three)).isSameAs(bob.then(three));
  }

  @Test
  void isAnotherForWhoWasSentSomethingElseOnTheWay() {
    FrameRun alice = turn.begin(one).then(two);
    FrameRun carol = turn.begin(one).then(three);
    assertThat(text(alice)).isEqualTo("onetwo,");
    assertThat(text(carol)).isEqualTo("onethree");
    assertThat(text(turn.begin(two).then(one))).isEqualTo("two,one");
    // Carol's way did not change Alice's.
    assertThat(text(alice.then(three))).isEqualTo("onetwo,three");
    assertThat(text(carol.then(one))).isEqualTo("onethreeone");
  }

  @Test
  void knowsItsLengthAndGivesWhatIsLeftBehindAnyByte() {
    FrameRun run = turn.begin(one).then(two).then(three);
    assertThat(run.length()).isEqualTo(12);
    assertThat(ByteBufUtil.getBytes(turn.view(run, 5))).isEqualTo(bytes("o,three"));
  }

  @Test
  void copiesNothingOfASingleFrame() {
    assertThat(turn.begin(one).bytes()).isSameAs(one.bytes());
  }

  private static String text(FrameRun run) {
    return new String(run.bytes(), StandardCharsets.UTF_8);
  }

  private static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }
}
