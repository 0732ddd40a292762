package dev.magpie.chat;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class PresenceTest {
  private final List<String> told = new ArrayList<>();
  private final Presence presence = new Presence((room, except, event, body) -> told.add(event + " " + body.getInteger("count")), () -> 0L);

  @Test
  void aCrowdIsToldHowManyItIsButNotWhoComesAndGoes() {
    for (int i = 0; i < 322; i++) presence.enter("tea", "seat/" + i, "uid-" + i, "guest " + i);
    presence.gone("seat/7");
    assertThat(told).hasSize(200).endsWith("joined 200");
    told.clear();
    presence.tellCounts();
    assertThat(told).containsExactly("count 321");
    presence.tellCounts();
    assertThat(told).hasSize(1);
  }

  @Test
  void aSmallRoomIsToldEachTime() {
    for (int i = 0; i < 3; i++) presence.enter("tea", "seat/" + i, "uid-" + i, "guest " + i);
    presence.tellCounts();
    assertThat(told).containsExactly("joined 1", "joined 2", "joined 3");
  }

  @Test
  void aSecretIsNotTriedMoreThanTwentyTimesAMinute() {
    long[] now = {0};
    WrongSecrets wrong = new WrongSecrets(() -> now[0]);
    for (int i = 0; i < WrongSecrets.MOST; i++) wrong.tried("192.0.2.1", false);
    assertThat(refusal(wrong, "192.0.2.1", true)).isEqualTo("RATE_LIMIT");
    assertThat(refusal(wrong, "192.0.2.2", true)).isNull();
    now[0] += 60_000_000_000L;
    assertThat(refusal(wrong, "192.0.2.1", true)).isNull();
    assertThat(wrong.total()).isEqualTo(WrongSecrets.MOST + 1);
  }

  private static String refusal(WrongSecrets wrong, String address, boolean right) {
    try {
      wrong.tried(address, right);
      return null;
    } catch (ChatError refused) {
      return refused.toJson().getString("code");
    }
  }
}
