package dev.magpie.chaos;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** The checker on histories that were made up. */
class CheckerTest {
  private static final Held A1 = new Held(1, "a1", "r");
  private static final Held A2 = new Held(2, "a2", "r");
  private static final Held B3 = new Held(3, "b3", "r");
  private static final Sent SAID_A1 = Sent.acknowledged("a1", "r", 1);
  private static final Sent SAID_A2 = Sent.acknowledged("a2", "r", 2);
  private static final Sent SAID_B3 = Sent.acknowledged("b3", "r", 3);

  private static Member ann(List<Held> held, Sent... sent) {
    return member("ann", "r", held, sent);
  }

  private static Member ben(List<Held> held, Sent... sent) {
    return member("ben", "r", held, sent);
  }

  private static Member member(String name, String room, List<Held> held, Sent... sent) {
    return new Member(name, Set.of(room), held, List.of(sent), List.of(), 0, 1);
  }

  private static List<String> violations(Member... members) {
    return Checker.violations(List.of(members));
  }

  @Test
  void findsNothingWhereAllIsWell() {
    assertThat(violations(ann(List.of(A1, A2, B3), SAID_A1, SAID_A2), ben(List.of(A1, A2, B3), SAID_B3),
        member("cleo", "other", List.of()))).isEmpty();
  }

  @Test
  void findsWhatIsMissing() {
    assertThat(violations(ann(List.of(A1, A2, B3), SAID_A1, SAID_A2), ben(List.of(A1, B3), SAID_B3)))
        .containsExactly("a2 was acknowledged at 2, and is missing at [ben]");
  }

  @Test
  void findsWhatIsMissingAtItsSender() {
    assertThat(violations(ann(List.of(), SAID_A1), ben(List.of(A1)))).containsExactly("a1 was acknowledged at 1, and is missing at [ann]");
  }

  @Test
  void findsWhatIsThereTwiceInOnePlace() {
    assertThat(violations(ann(List.of(A1, A1), SAID_A1))).contains("ann holds a1 twice", "ann holds a1 at 1 behind 1");
  }

  @Test
  void findsWhatIsThereTwiceInTwoPlaces() {
    assertThat(violations(ann(List.of(A1, new Held(2, "a1", "r")), SAID_A1)))
        .contains("ann holds a1 twice", "ann has a1 at 2, others at 1");
  }

  @Test
  void findsAnotherOrder() {
    assertThat(violations(ann(List.of(A2, A1), SAID_A1, SAID_A2))).containsExactly("ann holds a1 at 1 behind 2");
  }

  @Test
  void findsTwoOrders() {
    assertThat(violations(ann(List.of(A1, A2), SAID_A1, SAID_A2), ben(List.of(new Held(1, "a2", "r"), new Held(2, "a1", "r")))))
        .isNotEmpty();
  }

  @Test
  void findsAnAcknowledgementOfAnotherPlace() {
    assertThat(violations(ann(List.of(A1), Sent.acknowledged("a1", "r", 9)))).containsExactly("ann has a1 at 1, others at 9");
  }

  @Test
  void leavesOutWhoIsLeftOut() {
    Member ann = ann(List.of(), SAID_A1.toTheOthers());
    assertThat(violations(ann, ben(List.of(A1)))).isEmpty();
    assertThat(violations(ann, ben(List.of()))).containsExactly("a1 was acknowledged at 1, and is missing at [ben]");
  }

  @Test
  void letsUnacknowledgedOnesBeThereAtAllOrAtNone() {
    Sent lost = Sent.unknown("a1", "r");
    assertThat(violations(ann(List.of(A1), lost), ben(List.of(A1)))).isEmpty();
    assertThat(violations(ann(List.of(), lost), ben(List.of()))).isEmpty();
    assertThat(violations(ann(List.of(), lost), ben(List.of(A1))))
        .containsExactly("a1 was not acknowledged, and is at some, but not at [ann]");
    assertThat(violations(ann(List.of(A1, new Held(2, "a1", "r")), lost))).contains("ann holds a1 twice");
  }

  @Test
  void findsWhatNobodySaidAndWhatCameToAnotherRoom() {
    assertThat(violations(ann(List.of(A1)))).containsExactly("ann holds a1, which nobody said");
    assertThat(violations(ann(List.of(A1), SAID_A1), member("cleo", "other", List.of(A1)))).containsExactly("cleo holds a1 in room r");
  }

  @Test
  void passesOnWhatClientsSawAndWhatWasRefused() {
    assertThat(violations(new Member("ann", Set.of("r"), List.of(), List.of(), List.of("was sent away: server"), 0, 1)))
        .containsExactly("ann was sent away: server");
    assertThat(violations(ann(List.of(), new Sent("a1", "r", false, Sent.Outcome.REFUSED, 0)))).containsExactly("ann was refused a1");
  }
}
