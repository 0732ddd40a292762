package dev.magpie.state;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.vertx.core.Future;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class HubTest {
  private static final Kind<Words> WORDS = new Kind<>("words", Words::new);

  private final Steps steps = new Steps();
  private final Hub hub = new Hub(steps.executor(), steps);
  private final List<String> switched = new ArrayList<>();
  private final HubLink a = attach("a");
  private final HubLink b = attach("b");

  private HubLink attach(String instance) {
    return hub.attach(instance, steps.executor(), (kind, namespace) -> switched.add(instance + " " + kind + " " + namespace));
  }

  @Test
  void aReplicaGetsTheSnapshotAndThenEveryChange() {
    say(a, "one");
    Heard replica = subscribe(b);
    say(a, "two");
    say(b, "three");
    steps.run();
    assertThat(replica.heard).containsExactly("[one]", "two", "three");
  }

  @Test
  void aReplicaHearsNothingOnceItHasUnsubscribed() {
    Heard former = subscribe(b);
    steps.run();
    say(a, "one");
    b.unsubscribe(WORDS, "/", "room");
    Heard next = subscribe(b);
    steps.run();
    assertThat(former.heard).containsExactly("[]");
    assertThat(next.heard).containsExactly("[one]");
  }

  @Test
  void aRoomWithoutStateIsDroppedWithItsLastSubscriber() {
    subscribe(a);
    subscribe(b);
    steps.run();
    a.unsubscribe(WORDS, "/", "room");
    Future<Integer> one = rooms();
    b.close();
    Future<Integer> none = rooms();
    steps.run();
    assertThat(one.result()).isEqualTo(1);
    assertThat(none.result()).isZero();
  }

  @Test
  void anInstanceThatEndsIsReportedToTheRooms() {
    say(a, "one");
    b.close();
    Future<String> said = a.ask(WORDS, "/", (words, answer) -> answer.complete(words.said("room").toString()));
    steps.run();
    assertThat(said.result()).isEqualTo("[one, b has gone]");
  }

  @Test
  void anInstanceIsToldOfTheKindsInUseWhenTheyAreSwitchedOnOrWhenItIsAttached() {
    a.switchOn(WORDS, "/");
    a.switchOn(WORDS, "/");
    steps.run();
    attach("c");
    steps.run();
    assertThat(switched).containsExactly("a words /", "b words /", "c words /");
  }

  @Test
  void anAnswerComesBehindTheChangesThatItsCommandHasPublished() {
    Heard replica = subscribe(a);
    a.ask(WORDS, "/", (words, answer) -> {
      words.say("room", "one");
      answer.complete();
    }).onComplete(done -> replica.heard.add("done"));
    steps.run();
    assertThat(replica.heard).containsExactly("[]", "one", "done");
  }

  @Test
  void whatAnInstanceHasAskedForFailsWhenItEnds() {
    Future<Void> asked = a.ask(WORDS, "/", (words, answer) -> answer.complete());
    a.close();
    steps.run();
    assertThat(asked.failed()).isTrue();
    assertThat(asked.cause()).hasMessage("the instance is closed");
    assertThat(a.ask(WORDS, "/", (words, answer) -> answer.complete()).failed()).isTrue();
  }

  @Test
  void onlyTheFirstInstanceDoesWhatAllAreTold() {
    a.tellIfFirst(WORDS, "/", words -> words.say("room", "by a"));
    b.tellIfFirst(WORDS, "/", words -> words.say("room", "by b"));
    steps.run();
    hub.detach("a");
    b.tellIfFirst(WORDS, "/", words -> words.say("room", "then by b"));
    Heard replica = subscribe(b);
    steps.run();
    assertThat(replica.heard).containsExactly("[by a, a has gone, then by b]");
  }

  @Test
  void theSpacesAreClosedWithTheLastInstance() {
    say(a, "one");
    steps.run();
    Future<Void> first = a.close();
    steps.run();
    Future<Void> last = b.close();
    assertThat(last.isComplete()).isFalse();
    steps.run();
    assertThat(first.succeeded()).isTrue();
    assertThat(last.succeeded()).isTrue();
    assertThatThrownBy(() -> attach("d")).hasMessage("the last instance has gone");
  }

  private void say(HubLink link, String word) {
    link.tell(WORDS, "/", words -> words.say("room", word));
  }

  private Heard subscribe(HubLink link) {
    Heard replica = new Heard();
    link.subscribe(WORDS, "/", "room", replica);
    return replica;
  }

  private Future<Integer> rooms() {
    return a.ask(WORDS, "/", (words, answer) -> answer.complete(words.rooms().size()));
  }

  /** What was said in a room; nothing is kept where nobody has said anything. */
  private static final class Words extends Space {
    Words(Hub hub, String namespace) {
      super(hub, namespace);
    }

    @Override
    protected RoomState<?, ?> make(String room) {
      return new Said(room);
    }

    void say(String room, String word) {
      ((Said) room(room)).say(word);
    }

    List<String> said(String room) {
      return ((Said) room(room)).said;
    }
  }

  private static final class Said extends RoomState<List<String>, String> {
    private final List<String> said = new ArrayList<>();

    Said(String room) {
      super(room);
    }

    void say(String word) {
      said.add(word);
      publish(word);
    }

    @Override
    protected List<String> snapshot() {
      return List.copyOf(said);
    }

    @Override
    protected long version() {
      return said.size();
    }

    @Override
    protected boolean isEmpty() {
      return said.isEmpty();
    }

    @Override
    protected void detached(String instance) {
      if (!said.isEmpty()) say(instance + " has gone");
    }
  }

  private static final class Heard implements Replica<List<String>, String> {
    private final List<String> heard = new ArrayList<>();

    @Override
    public void snapshot(String epoch, long version, List<String> state) {
      heard.add(state.toString());
    }

    @Override
    public void changed(String epoch, long version, String change) {
      heard.add(change);
    }
  }
}
