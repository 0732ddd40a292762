package dev.magpie.chat;

import static org.assertj.core.api.Assertions.assertThat;

import io.vertx.core.json.JsonObject;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class ModerationTest {
  private final List<String> told = new ArrayList<>();
  private final Moderation.RoomEmitter emitter = (room, event, body) -> told.add(event + " " + body.getString("name"));
  private long now;
  private final Seats seats = new Seats(() -> now);
  private final Moderation moderation = new Moderation(seats, emitter, () -> now);

  @BeforeEach
  void enter() {
    seats.enter("tea", "seat/1", "uid-ann", "Ann");
    seats.enter("tea", "seat/2", "uid-ann", "Anna");
    seats.enter("tea", "seat/3", "uid-bob", "Bob");
  }

  @Test
  void aMuteEndsAfterItsSeconds() {
    moderation.mute("tea", "Ann", 60);
    assertThat(told).containsExactly("muted Ann");
    assertThat(refusalToWrite("tea", "uid-ann")).isEqualTo("MUTED");
    assertThat(refusalToWrite("coffee", "uid-ann")).isNull();
    assertThat(refusalToWrite("tea", "uid-bob")).isNull();
    now += TimeUnit.SECONDS.toNanos(60);
    assertThat(refusalToWrite("tea", "uid-ann")).isNull();
  }

  @Test
  void aMuteOfNoSecondsEndsTheMute() {
    moderation.mute("tea", "Ann", 60);
    moderation.mute("tea", "Anna", 0);
    assertThat(refusalToWrite("tea", "uid-ann")).isNull();
  }

  @Test
  void aKickedVisitorLeavesUnderAllItsNamesAndMayNotComeBackForTenMinutes() {
    assertThat(moderation.kick("tea", "ann").seats()).containsExactlyInAnyOrder("seat/1", "seat/2");
    assertThat(told).containsExactly("kicked Ann");
    assertThat(seats.of("tea", "uid-ann")).isEmpty();
    assertThat(refusalToEnter()).isEqualTo("FORBIDDEN");
    now += TimeUnit.MINUTES.toNanos(10);
    assertThat(refusalToEnter()).isNull();
  }

  @Test
  void aNoteBringsBackWhatIsLeftOfASanction() {
    List<JsonObject> notes = List.of(moderation.mute("tea", "Ann", 60), moderation.kick("tea", "Bob").note());
    Moderation restarted = new Moderation(seats, emitter, () -> now);
    notes.forEach(note -> restarted.remember(note, 59_000));
    assertThat(refusal(() -> restarted.requireNotMuted("tea", "uid-ann"))).isEqualTo("MUTED");
    assertThat(refusal(() -> restarted.requireNotKicked("tea", "uid-bob"))).isEqualTo("FORBIDDEN");
    now += TimeUnit.SECONDS.toNanos(1);
    assertThat(refusal(() -> restarted.requireNotMuted("tea", "uid-ann"))).isNull();
    assertThat(refusal(() -> restarted.requireNotKicked("tea", "uid-bob"))).isEqualTo("FORBIDDEN");
  }

  private String refusalToWrite(String room, String uid) {
    return refusal(() -> moderation.requireNotMuted(room, uid));
  }

  private String refusalToEnter() {
    return refusal(() -> moderation.requireNotKicked("tea", "uid-ann"));
  }

  private static String refusal(Runnable request) {
    try {
      request.run();
      return null;
    } catch (ChatError refused) {
      return refused.code().name();
    }
  }
}
