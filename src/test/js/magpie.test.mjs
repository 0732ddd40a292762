// The plain client on a clock and a socket of the test's own. Run by PlainClientTest, or: node --test src/test/js

import assert from "node:assert/strict";
import { beforeEach, describe, test } from "node:test";
import { Magpie, presence, state, stream } from "../../../webroot/js/magpie.js";

class FakeSocket {
  constructor(url, protocol) {
    Object.assign(this, { url, protocol, readyState: 0, bufferedAmount: 0, written: [], closes: [] });
    sockets.push(this);
  }
  send(data) {
    assert.equal(this.readyState, 1, "written to a socket that is not open");
    this.written.push(data);
  }
  close(code) {
    this.closes.push(code);
    this.readyState = 2;
  }
  // The server's side.
  accept(open = {}) {
    this.readyState = 1;
    this.onopen();
    this.say({ open: { id: "a", pid: "p1", interval: 1000, timeout: 500, ...open } });
  }
  say(frame) {
    this.onmessage({ data: typeof frame === "string" || frame instanceof ArrayBuffer ? frame : JSON.stringify(frame) });
  }
  cut(code = 1006) {
    this.readyState = 3;
    this.onclose({ code, reason: "" });
  }
  get frames() {
    return this.written.filter(data => data !== "ping").map(data => JSON.parse(data));
  }
}

class Clock {
  time = 0;
  timers = new Map();
  ids = 0;
  now = () => this.time;
  after = (ms, run) => (this.timers.set(++this.ids, { at: this.time + ms, run }), this.ids);
  cancel = id => this.timers.delete(id);
  /** Runs what is due in its order, letting promises settle after each. */
  async pass(ms) {
    const end = this.time + ms;
    for (;;) {
      const [id, next] = [...this.timers].filter(([, timer]) => timer.at <= end).sort((a, b) => a[1].at - b[1].at)[0] ?? [];
      if (!next) break;
      this.timers.delete(id);
      this.time = next.at;
      next.run();
      await settled();
    }
    this.time = end;
  }
}

const settled = () => new Promise(done => setImmediate(done));

function memory() {
  const map = new Map();
  return {
    get: key => map.get(key) ?? null,
    set: (key, value) => map.set(key, value),
    remove: key => map.delete(key),
    keys: () => [...map.keys()],
  };
}

/** The browser's locks, as far as an outbox needs them: exclusive, in the order in which they were asked for. */
class Locks {
  held = new Map();
  waiting = [];
  request(name, options, run = options) {
    if (options.ifAvailable && this.held.has(name)) return Promise.resolve(run(null));
    return new Promise(done => {
      this.waiting.push({ name, run, done, owner: this.owner });
      this.grant();
    });
  }
  grant() {
    for (const next of [...this.waiting]) {
      if (this.held.has(next.name)) continue;
      this.waiting.splice(this.waiting.indexOf(next), 1);
      this.held.set(next.name, next.owner);
      Promise.resolve(next.run({ name: next.name })).then(result => {
        this.held.delete(next.name);
        next.done(result);
        this.grant();
      });
    }
  }
  /** What was held and asked for by a page that is gone. */
  leave(owner) {
    this.waiting = this.waiting.filter(waiting => waiting.owner !== owner);
    for (const [name, by] of [...this.held]) if (by === owner) this.held.delete(name);
    this.grant();
  }
}

let sockets, clock, storage, session, states;

beforeEach(() => {
  sockets = [];
  clock = new Clock();
  storage = memory();
  session = memory();
  states = [];
});

const latest = () => sockets.at(-1);

function connect(options = {}) {
  const magpie = new Magpie("ws://test/ws?ns=/chat", {
    WebSocket: FakeSocket, clock, storage, session, locks: undefined, network: new EventTarget(), random: () => 1, ...options,
  });
  magpie.on("$state", state => states.at(-1) === state || states.push(state));
  return magpie;
}

describe("the connection", () => {
  test("asks for the subprotocol and is open once the server has said so", () => {
    const magpie = connect();
    assert.equal(latest().protocol, "magpie.v1");
    assert.equal(magpie.state, "connecting");
    latest().accept();
    assert.equal(magpie.state, "open");
    assert.deepEqual(latest().written, [], "nothing to say before the first event");
  });

  test("sends the credentials first, asked for anew at each connection", async () => {
    let token = 0;
    connect({ auth: () => ({ token: ++token }) });
    latest().accept();
    latest().cut();
    await clock.pass(500);
    latest().accept();
    assert.deepEqual(sockets.map(socket => socket.frames[0].auth), [{ token: 1 }, { token: 2 }]);
  });

  test("comes back after pauses that double up to a limit", async () => {
    connect({ firstPause: 100, longestPause: 400 });
    for (const pause of [100, 200, 400, 400]) {
      latest().cut();
      const before = sockets.length;
      await clock.pass(pause - 1);
      assert.equal(sockets.length, before, `not before ${pause} ms`);
      await clock.pass(1);
      assert.equal(sockets.length, before + 1);
    }
  });

  test("spreads its pauses, and starts small again after a success", async () => {
    connect({ firstPause: 100, random: () => 0 });
    latest().cut();
    await clock.pass(50);
    latest().cut();
    await clock.pass(100);
    latest().accept({ interval: 60_000 });
    await clock.pass(5000);
    latest().cut();
    await clock.pass(50);
    assert.equal(sockets.length, 4);
  });

  test("takes its pauses between connections that do not last, too", async () => {
    connect({ firstPause: 100 });
    for (const pause of [100, 200, 400]) {
      latest().accept();
      latest().cut(1009);
      const before = sockets.length;
      await clock.pass(pause - 1);
      assert.equal(sockets.length, before, `not before ${pause} ms`);
      await clock.pass(1);
      assert.equal(sockets.length, before + 1);
    }
  });

  test("comes back whatever the server closes with, unless it was told to go", async () => {
    connect({ firstPause: 100, longestPause: 100 });
    for (const code of [1001, 1006, 1008, 1011, 1012, 4000, 4001, 4008]) {
      const before = sockets.length;
      latest().accept();
      latest().cut(code);
      await clock.pass(100);
      assert.equal(sockets.length, before + 1, `after ${code}`);
    }
  });

  test("gives a server time that asks to be left alone for now", async () => {
    connect({ firstPause: 100 });
    latest().cut(1013);
    await clock.pass(1599);
    assert.equal(sockets.length, 1);
    await clock.pass(1);
    assert.equal(sockets.length, 2);
  });

  test("gives up a connection that does not open", async () => {
    connect({ openWithin: 1000 });
    await clock.pass(1500);
    assert.equal(sockets.length, 2);
    assert.equal(sockets[0].closes.length, 1);
  });

  test("closes for good, by way of closing, and opens again when asked", async () => {
    const magpie = connect();
    latest().accept();
    magpie.close();
    assert.equal(magpie.state, "closing");
    latest().cut(1000);
    await clock.pass(60_000);
    assert.equal(sockets.length, 1);
    magpie.open();
    latest().accept();
    assert.deepEqual(states, ["open", "closing", "closed", "connecting", "open"]);
  });

  test("is not held by a server that never answers the close", async () => {
    const magpie = connect();
    latest().accept();
    magpie.close();
    await clock.pass(2000);
    assert.equal(magpie.state, "closed");
  });

  test("opened again while it closes, it is not closed by the old socket", async () => {
    const magpie = connect();
    latest().accept();
    magpie.close();
    magpie.open();
    latest().accept({ interval: 60_000 });
    sockets[0].cut(1000);
    await clock.pass(2000);
    assert.equal(magpie.state, "open");
    assert.equal(sockets.length, 2);
  });

  test("that the server refuses or ends is not tried again unasked", async () => {
    const magpie = connect();
    const reasons = [];
    magpie.on("$state", (state, reason) => state === "closed" && reasons.push(reason));
    latest().readyState = 1;
    latest().onopen();
    latest().say({ close: { reason: "Invalid namespace" } });
    latest().cut(4404);
    await clock.pass(60_000);
    assert.equal(sockets.length, 1);
    assert.deepEqual(reasons, ["Invalid namespace"]);
    magpie.open();
    latest().accept();
    assert.equal(magpie.state, "open");
  });

  test("stays closed when it is closed during a pause", async () => {
    const magpie = connect();
    latest().cut();
    magpie.close();
    await clock.pass(60_000);
    assert.equal(magpie.state, "closed");
    assert.equal(sockets.length, 1);
  });
});

describe("the heartbeat", () => {
  test("pings at the server's interval and lives on by the pong", async () => {
    const magpie = connect();
    latest().accept();
    for (let i = 0; i < 5; i++) {
      await clock.pass(1000);
      assert.equal(latest().written.at(-1), "ping");
      latest().say("pong");
    }
    assert.equal(magpie.state, "open");
    assert.equal(sockets.length, 1);
  });

  test("reconnects when neither pong nor anything else comes", async () => {
    connect({ firstPause: 100 });
    latest().accept();
    await clock.pass(1000 + 500 + 100);
    assert.equal(sockets.length, 2);
  });

  test("takes anything heard for life", async () => {
    connect();
    latest().accept();
    await clock.pass(1200);
    latest().say({ event: "message", args: [] });
    await clock.pass(900);
    assert.equal(sockets.length, 1);
  });
});

describe("the heartbeat of a slow line", () => {
  test("waits for the pong as long as what stands before the ping goes out", async () => {
    const magpie = connect();
    latest().accept();
    latest().bufferedAmount = 3000;
    await clock.pass(1000 + 400);
    latest().bufferedAmount = 2000;
    await clock.pass(500);
    latest().bufferedAmount = 1000;
    await clock.pass(500);
    assert.equal(magpie.state, "open");
    await clock.pass(500);
    assert.equal(magpie.state, "connecting", "nothing goes out any more");
  });
});

describe("the network that comes back", () => {
  test("ends the pause", async () => {
    const network = new EventTarget();
    connect({ network, firstPause: 30_000 });
    latest().cut();
    await clock.pass(1000);
    network.dispatchEvent(new Event("online"));
    assert.equal(sockets.length, 2);
    await clock.pass(9_000);
    latest().accept({ interval: 60_000 });
    await clock.pass(30_000);
    assert.equal(sockets.length, 2, "the pause does not go on besides");
  });

  test("has a connection looked at that only seems alive", async () => {
    const network = new EventTarget();
    const magpie = connect({ network });
    latest().accept({ interval: 60_000, timeout: 500 });
    network.dispatchEvent(new Event("online"));
    assert.equal(latest().written.at(-1), "ping");
    await clock.pass(500);
    assert.equal(magpie.state, "connecting");
  });

  test("changes nothing for one that is closed", () => {
    const network = new EventTarget();
    const magpie = connect({ network });
    latest().accept();
    magpie.close();
    latest().cut(1000);
    network.dispatchEvent(new Event("online"));
    assert.equal(magpie.state, "closed");
  });
});

describe("events", () => {
  test("arrive at their listeners, binary arguments as bytes", () => {
    const magpie = connect();
    const got = [];
    magpie.on("score", (...args) => got.push(args));
    latest().accept();
    latest().say({ event: "score", args: [1, { picture: { $binary: "AQI=" } }] });
    assert.deepEqual(got, [[1, { picture: Uint8Array.of(1, 2) }]]);
  });

  test("go out at once or not at all", () => {
    const magpie = connect();
    assert.equal(magpie.emit("typing", { room: "a" }), false);
    latest().accept();
    assert.equal(magpie.emit("typing", { room: "a" }), true);
    assert.deepEqual(latest().frames, [{ event: "typing", args: [{ room: "a" }] }]);
  });

  test("that the server wants acknowledged are", () => {
    const magpie = connect();
    magpie.on("ask", (question, answer) => answer(question + 1));
    latest().accept();
    latest().say({ event: "ask", args: [1], ack: 9 });
    assert.deepEqual(latest().frames, [{ ack: 9, args: [2] }]);
  });

  test("nonsense from the server is passed over", () => {
    const magpie = connect();
    latest().accept();
    for (const nonsense of ["", "{", "null", "[]", "7", '"x"', "{}"]) latest().say(nonsense);
    assert.equal(magpie.state, "open");
  });

  test("binary frames arrive as they are", () => {
    const magpie = connect();
    const got = [];
    magpie.on("$binary", data => got.push(data.byteLength));
    latest().accept();
    latest().say(new ArrayBuffer(10));
    assert.deepEqual(got, [10]);
  });
});

describe("requests", () => {
  test("resolve with the acknowledgement", async () => {
    const magpie = connect();
    latest().accept();
    const answer = magpie.request("join", { room: "a" });
    const [{ ack }] = latest().frames;
    latest().say({ ack, args: [{ ok: true }] });
    assert.deepEqual(await answer, { ok: true });
  });

  test("fail when no answer comes, when the connection goes and when there is none", async () => {
    const magpie = connect({ answerWithin: 100 });
    await assert.rejects(magpie.request("x"), { code: "CLOSED" });
    latest().accept();
    const late = assert.rejects(magpie.request("x"), { code: "TIMEOUT" });
    await clock.pass(100);
    await late;
    const gone = assert.rejects(magpie.request("x"), { code: "CLOSED" });
    latest().cut();
    await gone;
  });
});

describe("resuming", () => {
  test("tells the server what was seen last and knows whether that worked", async () => {
    const magpie = connect();
    latest().accept();
    latest().say({ event: "message", args: [], id: "e.1" });
    latest().say({ event: "message", args: [], id: "e.2" });
    latest().cut();
    await clock.pass(500);
    latest().accept();
    assert.deepEqual(latest().frames, [{ resume: { pid: "p1", offset: "e.2" } }]);
    assert.equal(magpie.recovered, true);
    latest().cut();
    await clock.pass(1000);
    latest().accept({ pid: "p2" });
    assert.equal(magpie.recovered, false);
  });

  test("is not hindered by a listener that throws", t => {
    const magpie = connect();
    t.mock.method(globalThis, "setTimeout", () => {});
    magpie.on("message", () => {
      throw new Error("the page's own");
    });
    latest().accept();
    latest().say({ event: "message", args: [], id: "e.1" });
    assert.equal(magpie.offset, "e.1");
  });
});

describe("the outbox", () => {
  const acknowledge = (answer = { ok: true, seq: 1 }) => latest().say({ ack: latest().frames.at(-1).ack, args: [answer] });
  const messages = socket => socket.frames.filter(frame => frame.event === "message").map(frame => frame.args[0]);

  test("sends in order, one at a time", async () => {
    const magpie = connect();
    latest().accept();
    const first = magpie.deliver("message", { text: "1" });
    const second = magpie.deliver("message", { text: "2" });
    assert.deepEqual(messages(latest()).map(message => message.text), ["1"]);
    acknowledge({ ok: true, seq: 7 });
    assert.deepEqual(await first, { ok: true, seq: 7 });
    await settled();
    acknowledge();
    await second;
    assert.deepEqual(messages(latest()).map(message => message.text), ["1", "2"]);
    assert.equal(magpie.waiting, 0);
    assert.deepEqual(storage.keys(), []);
  });

  test("sends again under the same cid after a loss and after silence", async () => {
    const magpie = connect({ answerWithin: 1000, heartbeat: { interval: 60_000, timeout: 1000 } });
    latest().accept({ interval: 60_000 });
    magpie.deliver("message", { text: "1" });
    await clock.pass(1000);
    assert.equal(messages(latest()).length, 2);
    latest().cut();
    await clock.pass(500);
    latest().accept({ interval: 60_000 });
    const cids = sockets.flatMap(messages).map(message => message.cid);
    assert.equal(cids.length, 3);
    assert.equal(new Set(cids).size, 1);
    assert.ok(cids[0].length >= 16 && cids[0].length <= 64);
  });

  test("survives a reload, in order and under the same cid", async () => {
    const before = connect();
    before.deliver("message", { text: "1" });
    before.deliver("message", { text: "2" });
    const reloaded = connect();
    assert.equal(reloaded.waiting, 2);
    latest().accept();
    acknowledge();
    await settled();
    assert.deepEqual(messages(latest()).map(message => message.text), ["1", "2"]);
    assert.equal(messages(latest())[0].cid, before.outbox.first().body.cid);
  });

  test("does not send again what the server refuses", async () => {
    const magpie = connect();
    latest().accept();
    const refused = assert.rejects(magpie.deliver("message", { text: "" }), { code: "INVALID", message: "empty" });
    acknowledge({ ok: false, code: "INVALID", message: "empty" });
    await refused;
    assert.equal(magpie.waiting, 0);
  });

  test("sends again what is refused for the moment", async () => {
    const magpie = connect({ passingWithin: 100, heartbeat: { interval: 60_000, timeout: 1000 } });
    latest().accept({ interval: 60_000 });
    magpie.deliver("message", { text: "1" });
    acknowledge({ ok: false, code: "RATE_LIMIT", message: "wait a second" });
    await settled();
    magpie.deliver("message", { text: "2" });
    assert.equal(messages(latest()).length, 2, "the second one does not overtake, it has the first one sent");
    assert.deepEqual(messages(latest()).map(message => message.text), ["1", "1"]);
    acknowledge({ ok: false, code: "RATE_LIMIT", message: "wait a second" });
    await settled();
    await clock.pass(100);
    acknowledge();
    await settled();
    assert.deepEqual(messages(latest()).map(message => message.text), ["1", "1", "1", "2"]);
    assert.equal(new Set(messages(latest()).map(message => message.cid)).size, 2);
  });

  test("shows what waits, also after a reload", () => {
    connect().deliver("message", { room: "a", text: "1" });
    const [{ event, body }] = connect().unsent;
    assert.equal(event, "message");
    assert.equal(body.text, "1");
  });

  test("refuses one message too many instead of losing another", async () => {
    const magpie = connect({ outboxLimit: 1 });
    magpie.deliver("message", { text: "1" });
    await assert.rejects(magpie.deliver("message", { text: "2" }), { code: "OUTBOX_FULL" });
    assert.equal(magpie.waiting, 1);
  });

  test("works where the browser refuses storage, and where it holds nonsense", async () => {
    for (const nonsense of ["{broken", "7", "null", "{}", '{"event":"message"}'])
      storage.set(`magpie.outbox ws://test/ws?ns=/chat page ${nonsense.length}`, nonsense);
    const magpie = connect();
    assert.equal(magpie.waiting, 0);
    assert.deepEqual(storage.keys(), []);
  });
});

describe("the outboxes of several tabs", () => {
  let locks;
  beforeEach(() => (locks = new Locks()));
  /** A page with a storage that all tabs share and a memory of its own. */
  const page = (name, memory) => {
    locks.owner = name;
    return connect({ locks, session: memory, heartbeat: { interval: 60_000, timeout: 60_000 } });
  };
  const texts = magpie => magpie.unsent.map(({ body }) => body.text);

  test("are not mixed up while both live", async () => {
    const one = page("one", memory());
    one.deliver("message", { text: "1" });
    const two = page("two", memory());
    two.deliver("message", { text: "2" });
    await clock.pass(60_000);
    assert.deepEqual(texts(one), ["1"]);
    assert.deepEqual(texts(two), ["2"]);
  });

  test("a page finds its own again at once after a reload, though another tab lives", async () => {
    const tab = memory();
    page("before", tab).deliver("message", { text: "1" });
    const other = page("other", memory());
    locks.leave("before");
    const reloaded = page("reloaded", tab);
    await settled();
    await clock.pass(0);
    assert.deepEqual(texts(reloaded), ["1"]);
    await clock.pass(60_000);
    assert.deepEqual(texts(other), []);
    assert.deepEqual(texts(reloaded), ["1"]);
  });

  test("what a closed tab has left another one sends, in its order and before what it says itself later", async () => {
    const one = page("one", memory());
    one.deliver("message", { text: "1" });
    one.deliver("message", { text: "2" });
    const two = page("two", memory());
    let told = 0;
    two.on("$outbox", waiting => (told = waiting));
    await clock.pass(60_000);
    assert.equal(two.waiting, 0, "one still lives");
    locks.leave("one");
    await settled();
    await clock.pass(10_000);
    two.deliver("message", { text: "3" });
    assert.deepEqual(texts(two), ["1", "2", "3"]);
    assert.ok(told > 0);
    assert.equal(storage.keys().length, 3, "each once");
  });
});

describe("binary", () => {
  test("reports its progress from bufferedAmount", async () => {
    const magpie = connect();
    latest().accept();
    const seen = [];
    latest().bufferedAmount = 600;
    const sent = magpie.sendBinary(new ArrayBuffer(1000), (done, total) => seen.push([done, total]));
    latest().bufferedAmount = 100;
    await clock.pass(50);
    latest().bufferedAmount = 0;
    await clock.pass(50);
    await sent;
    assert.deepEqual(seen, [[400, 1000], [900, 1000], [1000, 1000]]);
  });

  test("fails when the connection goes first", async () => {
    const magpie = connect();
    latest().accept();
    latest().bufferedAmount = 600;
    const sent = assert.rejects(magpie.sendBinary(new ArrayBuffer(1000)), { code: "CLOSED" });
    latest().cut();
    await clock.pass(50);
    await sent;
  });
});

/** The page's Socket.IO socket, as far as a room needs it. */
class FakeSocketIo {
  listeners = new Map();
  any = new Set();
  asked = [];
  recovered = false;
  on = (event, take) => this.of(event).add(take);
  off = (event, take) => this.of(event).delete(take);
  onAny = take => this.any.add(take);
  offAny = take => this.any.delete(take);
  timeout = () => ({ emitWithAck: (event, body) => new Promise(answer => this.asked.push({ event, body, answer })) });
  of(event) {
    if (!this.listeners.has(event)) this.listeners.set(event, new Set());
    return this.listeners.get(event);
  }
  // The server's side.
  say(event, ...args) {
    this.any.forEach(take => take(event, ...args));
    this.of(event).forEach(take => take(...args));
  }
  connect(recovered) {
    this.recovered = recovered;
    this.of("connect").forEach(take => take());
  }
}

/** One room on each wire: what the server says arrives, and what the page asks is answered. */
const wires = {
  "magpie.v1": () => {
    const client = connect();
    latest().accept();
    return {
      client,
      say: (event, ...args) => latest().say({ event, args }),
      retain: (place, event, ...args) => latest().say({ event, args, state: place }),
      asked: () => latest().frames.map(({ event, args: [body], ack }) =>
        ({ event, body, answer: page => latest().say({ ack, args: [page] }) })),
      async reconnect(recovered) {
        latest().cut();
        await clock.pass(1000);
        latest().accept({ pid: recovered ? "p1" : "p2" });
      },
    };
  },
  "Socket.IO": () => {
    const client = new FakeSocketIo();
    return {
      client,
      say: client.say.bind(client),
      retain: (place, event, ...args) => client.say(event, ...args, place),
      asked: () => client.asked,
      reconnect: async recovered => client.connect(recovered),
    };
  },
};

for (const [name, begin] of Object.entries(wires)) {
  describe(`a room over ${name}`, () => {
    test("lists who is there, page by page, and follows who comes and goes", async () => {
      const wire = begin();
      const here = presence(wire.client, "tea");
      let told = 0;
      here.changed(() => told++);
      const ids = () => [...here.members.keys()].join(" ");
      wire.say("presence:state", { room: "tea", members: [{ id: "a" }, { id: "b" }], count: 3, next: "b" });
      wire.say("presence:state", { room: "another", members: [{ id: "x" }], count: 1, next: null });
      assert.equal(ids(), "a b");
      assert.equal(here.count, 3);
      const more = here.more();
      await settled();
      const { event, body, answer } = wire.asked().at(-1);
      assert.deepEqual({ event, body }, { event: "presence:list", body: { room: "tea", after: "b" } });
      answer({ room: "tea", members: [{ id: "c" }], count: 3, next: null });
      assert.equal(await more, false);
      assert.equal(await here.more(), false);
      wire.say("presence:join", { room: "tea", members: [{ id: "d", name: "Dora" }], count: 4 });
      wire.say("presence:leave", { room: "tea", members: [{ id: "a" }], count: 3 });
      assert.equal(ids(), "b c d");
      assert.equal(here.members.get("d").name, "Dora");
      assert.equal(here.count, 3);
      assert.equal(told, 4);
      here.close();
      wire.say("presence:leave", { room: "tea", members: [{ id: "b" }], count: 2 });
      assert.equal(ids(), "b c d");
    });

    test("begins its list anew with each entrance", () => {
      const wire = begin();
      const here = presence(wire.client, "tea", { prefix: "who", id: member => member.name });
      wire.say("who:state", { room: "tea", members: [{ name: "a" }, { name: "b" }], count: 2, next: null });
      wire.say("who:state", { room: "tea", members: [{ name: "b" }], count: 1, next: null });
      assert.deepEqual([...here.members], [["b", { name: "b" }]]);
      assert.equal(here.count, 1);
    });

    test("only counts who is in a large room", () => {
      const wire = begin();
      const here = presence(wire.client, "tea");
      wire.say("presence:state", { room: "tea", members: [{ id: "a" }], count: 5_000, next: "a", large: true });
      assert.equal(here.large, true);
      wire.say("presence:count", { room: "tea", count: 5_007 });
      assert.equal(here.count, 5_007);
      wire.say("presence:state", { room: "tea", members: [{ id: "b" }], count: 200, next: "b" });
      assert.equal(here.large, false);
      wire.say("presence:count", { room: "tea", count: 501 });
      assert.equal(here.large, true);
    });

    test("holds the newest value of each key", () => {
      const wire = begin();
      const board = state(wire.client, "match");
      const told = [];
      board.changed((key, value) => told.push([key, value]));
      assert.equal(board.version("score"), 0);
      wire.retain({ room: "match", key: "score", version: 1 }, "goal", { home: 1 });
      wire.retain({ room: "match", key: "score", version: 2 }, "goal", { home: 2 });
      wire.retain({ room: "another", key: "score", version: 7 }, "goal", { home: 9 });
      wire.say("goal", { home: 5 });
      assert.deepEqual(board.get("score"), { home: 2 });
      assert.deepEqual(board.entries.get("score"), { event: "goal", args: [{ home: 2 }], version: 2 });
      wire.retain({ room: "match", key: "score", version: 3 }, "state:removed", { room: "match", key: "score" });
      wire.say("state:removed", { room: "match", key: "unknown" });
      assert.equal(board.get("score"), undefined);
      assert.deepEqual(told, [["score", { home: 1 }], ["score", { home: 2 }], ["score", undefined]]);
    });

    test("forgets its values with the session, whose snapshot follows", async () => {
      const wire = begin();
      const board = state(wire.client, "match");
      wire.retain({ room: "match", key: "score", version: 1 }, "goal", 1);
      await wire.reconnect(true);
      assert.equal(board.get("score"), 1);
      await wire.reconnect(false);
      assert.equal(board.get("score"), undefined);
    });

    test("holds the text so far, whatever is told twice", () => {
      const wire = begin();
      const answer = stream(wire.client, "7");
      let told = 0;
      answer.changed(() => told++);
      wire.say("stream", { id: "7", at: 0, text: "鹊桥", done: false });
      wire.say("stream", { id: "8", at: 0, text: "another", done: false });
      wire.say("stream", { id: "7", at: 2, text: "相会", done: false });
      wire.say("stream", { id: "7", at: 0, text: "鹊桥", done: false });
      wire.say("stream", { id: "7", at: 0, text: "鹊桥相会", done: false });
      wire.say("stream", { id: "7", at: 9, text: "behind a gap", done: false });
      assert.equal(answer.text, "鹊桥相会");
      assert.equal(answer.done, false);
      wire.say("stream", { id: "7", at: 4, text: "。", done: true });
      assert.equal(answer.text, "鹊桥相会。");
      assert.equal(answer.done, true);
      assert.equal(told, 5);
    });

    test("knows a text that was abandoned, and one that begins again", () => {
      const wire = begin();
      const answer = stream(wire.client, "7", { event: "answer" });
      wire.say("answer", { id: "7", at: 0, text: "So far", done: false });
      wire.say("answer", { id: "7", at: 6, text: "", done: true, aborted: true });
      assert.deepEqual([answer.text, answer.done, answer.aborted], ["So far", true, true]);
      wire.say("answer", { id: "7", at: 0, text: "New", done: false });
      assert.deepEqual([answer.text, answer.done, answer.aborted], ["New", false, false]);
    });
  });
}

describe("a room", () => {
  test("finds the place of a value before the offset of a namespace with recovery", () => {
    const socket = new FakeSocketIo();
    const board = state(socket, "match");
    socket.say("goal", "two", "arguments", { room: "match", key: "score", version: 3 }, "1a.7");
    assert.deepEqual(board.entries.get("score"), { event: "goal", args: ["two", "arguments"], version: 3 });
    socket.say("goal", { room: "match", key: "score" });
    socket.say("goal", null);
    socket.say("goal");
    assert.equal(board.version("score"), 3);
  });
});
