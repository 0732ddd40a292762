package dev.magpie.delivery;

import static org.assertj.core.api.Assertions.assertThat;

import dev.magpie.delivery.OfficialClients.Client;
import dev.magpie.load.ServerProcess;
import dev.magpie.testing.Await;
import dev.magpie.testing.ReverseProxy;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Two servers behind a proxy with the configuration that the documentation shows, each server a process, and official clients of each kind
 * of transport.
 */
@Timeout(240)
class SeveralServersTest {
  private static final List<List<String>> TRANSPORTS = List.of(List.of("polling"), List.of("polling", "websocket"), List.of("websocket"));
  private static final int MOST_ROUNDS = 50;

  /** The one that the test before has left running. */
  private static ServerProcess lasting;

  @TempDir static Path folder;
  private static OfficialClients clients;

  private ServerProcess first;
  private ServerProcess second;
  private final List<Guest> guests = new ArrayList<>();

  private record Guest(Client client, String name, List<String> transports, ServerProcess server) {}

  @BeforeAll
  static void start() throws Exception {
    clients = OfficialClients.start(folder);
  }

  @AfterAll
  static void stop() throws Exception {
    if (clients != null) clients.close();
    if (lasting != null) lasting.close();
  }

  @ParameterizedTest
  @EnumSource(names = {"NGINX", "HAPROXY"})
  void clientsStayWithTheirServerAndGoOnAtTheOtherWhenItIsStopped(ReverseProxy kind) throws Exception {
    if (lasting == null) lasting = server();
    first = lasting;
    second = server();
    lasting = second;
    try (ReverseProxy.Running proxy = kind.start(folder, kind.configurationForSeveralServers(), first.port, second.port)) {
      for (int round = 1; !guestsOfEachKindAt(first) || !guestsOfEachKindAt(second); round++) {
        assertThat(round).as("clients of each kind at both servers").isLessThan(MOST_ROUNDS);
        for (List<String> transports : TRANSPORTS) guests.add(guest(kind, proxy.port, round, transports));
      }
      for (Guest guest : guests) {
        if (guest.transports.contains("websocket")) guest.client.webSocket();
        for (int i = 0; i < 5; i++) say(guest);
        assertThat(guest.client.all("disconnect")).as(guest.toString()).isEmpty();
      }

      first.signal("TERM");
      assertThat(first.ends(Duration.ofSeconds(60))).isTrue();
      Guest listener = guests.stream().filter(guest -> guest.server == second).findFirst().orElseThrow();
      for (Guest guest : guests) {
        if (guest.server == first) {
          guest.client.next("disconnect");
          guest.client.connected();
          join(guest.client, guest.name);
        }
        listener.client.hears(say(guest));
        if (guest.server == second) assertThat(guest.client.all("disconnect")).as(guest.toString()).isEmpty();
      }
      for (Guest guest : guests) guest.client.depart();
      Await.until("those who say goodbye are gone", () -> second.metric("magpie_clients") == 0);
    } finally {
      first.close();
    }
  }

  private static ServerProcess server() throws Exception {
    ServerProcess server = ServerProcess.plan()
        .with("applications", new JsonArray().add("chat"))
        .with("bot.meaning", false)
        .with("http.trusted_proxies", new JsonArray().add("127.0.0.1"))
        .with("shutdown.drain_ms", 3_000)
        .start();
    Await.until("the server is ready", () -> server.get("/ready").statusCode() == 200);
    return server;
  }

  private boolean guestsOfEachKindAt(ServerProcess server) {
    List<Guest> there = guests.stream().filter(guest -> guest.server == server).toList();
    return TRANSPORTS.stream().allMatch(transports -> there.stream().anyMatch(guest -> guest.transports.equals(transports)));
  }

  /** Those of one round come from one address, each round from another one. */
  private Guest guest(ReverseProxy kind, int port, int round, List<String> transports) throws Exception {
    double before = first.metric("magpie_clients");
    String name = kind + "-" + round + "-" + String.join("-", transports);
    Client client = clients.open(name, "http://127.0.0.1:" + port + "/chat", new JsonObject()
        .put("transports", new JsonArray(transports)).put("withCredentials", true).put("from", "127.0.0." + (10 + round)));
    client.connected();
    join(client, name);
    return new Guest(client, name, transports, first.metric("magpie_clients") > before ? first : second);
  }

  private static void join(Client client, String name) throws Exception {
    assertThat(client.ask("join", new JsonObject().put("room", "tea").put("name", name)).getBoolean("ok")).as(name).isTrue();
  }

  private static String say(Guest guest) throws Exception {
    String text = guest.name + " " + System.nanoTime();
    assertThat(guest.client.ask("message", new JsonObject().put("room", "tea").put("text", text)).getBoolean("ok")).as(text).isTrue();
    return text;
  }
}
