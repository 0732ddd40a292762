package dev.magpie.core;

import static org.assertj.core.api.Assertions.assertThat;

import dev.magpie.core.Counters.Count;
import io.vertx.core.Vertx;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

@ExtendWith(OnLoop.class)
class RoomsTest {
  private Io io;
  private Socket ann;
  private Socket bob;
  private Socket eve;
  private Rooms<Socket> rooms;

  @BeforeEach
  void start() {
    io = Io.create(Vertx.currentContext().owner(), new IoOptions(), new Clock().timers);
    List<Socket> sockets = new ArrayList<>();
    io.onConnection(sockets::add);
    for (int i = 0; i < 3; i++) FakeLink.joined(io);
    ann = sockets.get(0);
    bob = sockets.get(1);
    eve = sockets.get(2);
    rooms = io.of("/").rooms();
  }

  private List<Socket> select(List<String> wanted, List<String> except) {
    List<Socket> selected = new ArrayList<>();
    rooms.select(wanted, except, selected::add);
    return selected;
  }

  @Test
  void selectsAllWhenNoRoomIsNamed() {
    assertThat(select(List.of(), List.of())).containsExactlyInAnyOrder(ann, bob, eve);
    assertThat(select(List.of(), List.of(bob.id()))).containsExactlyInAnyOrder(ann, eve);
  }

  @Test
  void selectsARoomsMembers() {
    ann.join("tea", "milk");
    bob.join("tea");
    assertThat(select(List.of("tea"), List.of())).containsExactlyInAnyOrder(ann, bob);
    assertThat(select(List.of("tea"), List.of(ann.id()))).containsExactly(bob);
    assertThat(select(List.of("none"), List.of())).isEmpty();
    assertThat(ann.rooms()).containsExactlyInAnyOrder(ann.id(), "tea", "milk");
    assertThat(ann.isIn("milk") && ann.isIn(ann.id()) && !bob.isIn("milk")).isTrue();
  }

  @Test
  void selectsEachMemberOfSeveralRoomsOnce() {
    ann.join("tea", "milk");
    bob.join("milk");
    assertThat(select(List.of("tea", "milk"), List.of())).containsExactlyInAnyOrder(ann, bob);
    assertThat(select(List.of("tea", "milk", eve.id()), List.of())).containsExactlyInAnyOrder(ann, bob, eve);
    assertThat(select(List.of("tea", ann.id()), List.of())).containsExactly(ann);
  }

  @Test
  void leavesOutWholeRooms() {
    ann.join("tea");
    bob.join("tea", "milk");
    assertThat(select(List.of(), List.of("milk"))).containsExactlyInAnyOrder(ann, eve);
    assertThat(select(List.of("tea"), List.of("milk", "none"))).containsExactly(ann);
    assertThat(select(List.of("tea"), List.of("tea"))).isEmpty();
    assertThat(select(List.of(), List.of(ann.id(), bob.id()))).containsExactly(eve);
  }

  @Test
  void takesASocketsIdForARoomThatOthersMayJoinToo() {
    assertThat(select(List.of(ann.id()), List.of())).containsExactly(ann);
    assertThat(select(List.of(ann.id()), List.of(ann.id()))).isEmpty();
    bob.join(ann.id());
    ann.join(ann.id());
    assertThat(select(List.of(ann.id()), List.of())).containsExactlyInAnyOrder(ann, bob);
    assertThat(select(List.of(), List.of(ann.id()))).containsExactly(eve);
    bob.leave(ann.id());
    assertThat(select(List.of(), List.of(ann.id()))).containsExactlyInAnyOrder(bob, eve);
  }

  @Test
  void storesNothingForRoomsThatNobodyIsIn() {
    ann.join("tea", "tea");
    assertThat(io.counters().get(Count.ROOMS)).isEqualTo(1);
    ann.leave("tea");
    ann.leave("never joined");
    assertThat(rooms.names()).isEmpty();
    ann.join("tea");
    ann.disconnect();
    assertThat(rooms.names()).isEmpty();
    assertThat(io.counters().get(Count.ROOMS)).isZero();
    assertThat(rooms.size()).isEqualTo(2);
  }

  @Test
  void isNotDisturbedByMembersThatComeAndGoDuringASelection() {
    for (Socket socket : List.of(ann, bob, eve)) socket.join("tea");
    List<Socket> met = new ArrayList<>();
    rooms.select(List.of("tea"), List.of(), socket -> {
      met.add(socket);
      for (Socket each : List.of(ann, bob, eve)) each.leave("tea");
      for (Socket each : List.of(eve, ann)) each.join("tea");
    });
    assertThat(met).containsExactlyInAnyOrder(ann, bob, eve);
    assertThat(select(List.of("tea"), List.of())).containsExactlyInAnyOrder(ann, eve);
  }

  @Test
  void makesSelectionsWithinSelections() {
    ann.join("tea");
    bob.join("tea", "milk");
    eve.join("milk");
    List<Socket> met = new ArrayList<>();
    rooms.select(List.of("tea", "milk"), List.of(), socket -> {
      met.add(socket);
      assertThat(select(List.of("tea", "milk"), List.of("tea"))).containsExactly(eve);
    });
    assertThat(met).containsExactlyInAnyOrder(ann, bob, eve);
  }

  @Test
  void closesGapsWhenManyLeave() {
    List<Socket> sockets = new ArrayList<>();
    io.of("/many").onConnection(sockets::add);
    for (int i = 0; i < 300; i++) FakeLink.joined(io, "/many");
    for (Socket socket : sockets) socket.join("tea");
    for (int i = 0; i < 300; i++) if (i % 7 != 0) sockets.get(i).leave("tea");
    List<Socket> left = new ArrayList<>();
    io.of("/many").rooms().select(List.of("tea"), List.of(), left::add);
    assertThat(left).hasSize(43).doesNotHaveDuplicates();
    for (Socket socket : left) socket.disconnect();
    assertThat(io.of("/many").roomNames()).isEmpty();
  }
}
