package dev.magpie;

import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.core.domain.Dependency;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;

/** The files of core from the bottom to the top: which of them use one that stands above, and which reach each other. */
class CoreLayersTest {
  private static final String CORE = "dev.magpie.core.";

  /** A file uses those before it; what it uses of those behind it is counted. */
  private static final List<String> BOTTOM_TO_TOP = List.of((""
      + "Functions Violation Contract Contracts RetryLater HandlerTimeout RateLimits Histogram ClusterAnswers ClusterCount ClientError "
      + "InvalidPayload BroadcastAnswers Broadcast StateEvent ClusterQuestion Broadcaster BlockingFunction TypedArgument Parameters "
      + "AckTimeoutException RateLimit IoOptions Counters ClusterQueries Cluster SingleInstance Room IoEvents EventTracing PacketLog "
      + "Revocations Loop PendingAcks Ack Failures Listeners Observers RoomObserver RoomListener RoomEvents Rooms "
      + "TypedHandlers ServerEvents Middleware "
      + "ConnectionError RequestReports Endpoints Connections Connection Drain "
      + "BlockingCalls Inbox SocketReplay SocketRecovery WriteQueue Identity Unauthorized Expiry ConnectContext "
      + "AuthenticationOptions Authenticator Access NamespaceRecovery NamespaceLog "
      + "RetainedRooms AckRound "
      + "BroadcastTarget RemoteSocket Retained TextStream BroadcastOperator Audience RemoteNamespace SocketOperator Socket "
      + "NamespaceHandlers "
      + "PresenceEvents PresenceOptions NamespacePresence RoomPresence Namespace "
      + "ParentNamespace Namespaces NamespaceAdmission PlainClient Client IoObserver IoObservation Io "
      + "ApplicationContext Application").split(" "));

  /** Never more: a class that is needed from below gets an interface there. Each of these is a method of the public API. */
  private static final int MOST_UPWARD = 3;

  /** Files that can reach each other: Socket, SocketOperator, Namespace with its handlers, and the presence that it shows of sockets. */
  private static final int LARGEST_KNOT = 7;

  private final Set<String> files = new TreeSet<>();
  private final Set<String> upward = new TreeSet<>();
  private final Map<String, Set<String>> uses = new TreeMap<>();

  CoreLayersTest() {
    for (JavaClass one : new ClassFileImporter().withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_TESTS)
        .importPackages("dev.magpie.core")) {
      if (file(one).equals("package-info")) continue;
      files.add(file(one));
      for (Dependency dependency : one.getDirectDependenciesFromSelf()) look(one, dependency.getTargetClass());
    }
  }

  private void look(JavaClass from, JavaClass to) {
    if (!to.getName().startsWith(CORE) || to.isArray()) return;
    uses.computeIfAbsent(file(from), file -> new TreeSet<>()).add(file(to));
    if (BOTTOM_TO_TOP.indexOf(file(from)) < BOTTOM_TO_TOP.indexOf(file(to))) upward.add(file(from) + " -> " + file(to));
  }

  private static String file(JavaClass one) {
    return one.getName().substring(CORE.length()).replaceAll("\\$.*", "");
  }

  @Test
  void everyFileHasItsPlace() {
    assertThat(files).containsExactlyInAnyOrderElementsOf(BOTTOM_TO_TOP);
  }

  @Test
  void noMoreUsesRunUpward() {
    assertThat(upward).hasSizeLessThanOrEqualTo(MOST_UPWARD);
  }

  @Test
  void noMoreFilesReachEachOther() {
    for (String file : files) {
      Set<String> knot = reachable(file);
      knot.removeIf(other -> !reachable(other).contains(file));
      assertThat(knot).hasSizeLessThanOrEqualTo(LARGEST_KNOT);
    }
  }

  private Set<String> reachable(String file) {
    Set<String> reached = new TreeSet<>();
    Deque<String> next = new ArrayDeque<>(List.of(file));
    while (!next.isEmpty()) for (String used : uses.getOrDefault(next.pop(), Set.of())) if (reached.add(used)) next.push(used);
    return reached;
  }

  @Test
  void theLoopAtTheBottomKnowsNoSocketAndNoNamespace() {
    assertThat(upward).noneMatch(use -> use.startsWith("Loop ->"));
  }
}
