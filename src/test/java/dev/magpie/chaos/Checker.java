package dev.magpie.chaos;

import dev.magpie.chaos.Sent.Outcome;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Holds what the clients have at the end against what was promised: every acknowledged message exactly once at every member that it was
 * meant for, one order for all, unacknowledged ones at most once, and at all or at none. Pure.
 */
final class Checker {
  private final List<Member> members;
  private final List<String> violations = new ArrayList<>();
  /** Over all members: where a message stands, and what stands there. */
  private final Map<String, Long> places = new HashMap<>();
  private final Map<Long, String> messages = new HashMap<>();

  private Checker(List<Member> members) {
    this.members = members;
  }

  /** Empty when all is as it should be. */
  static List<String> violations(List<Member> members) {
    Checker checker = new Checker(members);
    Map<String, Sent> said = checker.said();
    Map<String, Map<String, Integer>> heldBy = new LinkedHashMap<>();
    for (Member member : members) heldBy.put(member.name(), checker.held(member, said));
    said.values().forEach(sent -> checker.reached(sent, heldBy));
    members.forEach(member -> member.faults().forEach(fault -> checker.violation(member, fault)));
    return checker.violations;
  }

  private Map<String, Sent> said() {
    Map<String, Sent> said = new LinkedHashMap<>();
    for (Member member : members) for (Sent sent : member.sent()) {
      said.put(sent.id(), sent);
      if (sent.outcome() == Outcome.REFUSED) violation(member, "was refused " + sent.id());
      if (sent.seq() > 0) place(member, sent.id(), sent.seq());
    }
    return said;
  }

  /** @return how often it holds which message */
  private Map<String, Integer> held(Member member, Map<String, Sent> said) {
    Map<String, Integer> times = new HashMap<>();
    long last = 0;
    for (Held held : member.held()) {
      if (held.seq() <= last) violation(member, "holds " + held.id() + " at " + held.seq() + " behind " + last);
      last = held.seq();
      place(member, held.id(), held.seq());
      if (times.merge(held.id(), 1, Integer::sum) == 2) violation(member, "holds " + held.id() + " twice");
      Sent sent = said.get(held.id());
      if (sent == null) violation(member, "holds " + held.id() + ", which nobody said");
      else if (!sent.room().equals(held.room()) || !member.rooms().contains(held.room()))
        violation(member, "holds " + held.id() + " in room " + held.room());
    }
    return times;
  }

  /** One message stands in one place, whoever looks. */
  private void place(Member member, String id, long seq) {
    Long place = places.putIfAbsent(id, seq);
    if (place != null && place != seq) violation(member, "has " + id + " at " + seq + ", others at " + place);
    String message = messages.putIfAbsent(seq, id);
    if (message != null && !message.equals(id)) violation(member, "has " + id + " at " + seq + ", others have " + message + " there");
  }

  private void reached(Sent sent, Map<String, Map<String, Integer>> heldBy) {
    List<Member> meant = members.stream()
        .filter(member -> member.rooms().contains(sent.room()) && !(sent.aside() && member.sent().contains(sent))).toList();
    List<String> without = meant.stream().map(Member::name).filter(name -> !heldBy.get(name).containsKey(sent.id())).toList();
    if (without.isEmpty()) return;
    if (sent.outcome() == Outcome.ACKNOWLEDGED)
      violations.add(sent.id() + " was acknowledged at " + sent.seq() + ", and is missing at " + without);
    else if (without.size() < meant.size()) violations.add(sent.id() + " was not acknowledged, and is at some, but not at " + without);
  }

  private void violation(Member member, String what) {
    violations.add(member.name() + " " + what);
  }
}
