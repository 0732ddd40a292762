// Clients that talk while everything around them breaks, and that note what they hold; driven by dev.magpie.chaos.ClientGroup, line by line
// the standard input: `start` to begin talking, `stop`, `state`, `dump`.
//
//   node chaos.mjs '{"url": "http://…", "namespace": "/chat", "magpie": "file:…/magpie.js", "seed": 1, "everyMillis": 2000,
//     "asides": true, "first": 0, "members": [{"name", "kind", "rooms"}]}'
//
// Kinds: `upgrade`, `websocket` and `polling` are the official client with retries and a cid; `seed` is the same as tutorials write it,
// with neither; `magpie` is magpie.js, whose page is reloaded now and then. What a member holds is what an application would: what it
// heard, and, after a connection that did not recover, the history behind the last thing that it heard.

import { createRequire } from "node:module";
import { createInterface } from "node:readline";

const require = createRequire(import.meta.url);
const { io } = require("socket.io-client");
const WebSocket = require("ws");
const config = JSON.parse(process.argv[2]);
const { Magpie } = await import(config.magpie);

// Messages that one member lets wait; a person would stop typing, too.
const MOST_WAITING = 20;
const ANSWER_WITHIN = 2_000;
// One message in this many leaves its sender out.
const ASIDE_EVERY = 5;
const RELOAD_EVERY_MILLIS = 20_000;

const say = line => process.stdout.write(JSON.stringify(line) + "\n");
const pause = millis => new Promise(done => setTimeout(done, millis));

/** A small generator, so that who says what when is the seed's doing as far as the network lets it. */
function random(seed) {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}

class Member {
  constructor({ name, kind, rooms }, index) {
    Object.assign(this, { name, kind, rooms });
    this.random = random(config.seed * 1_000 + index);
    this.held = [];
    this.sent = new Map();
    this.faults = [];
    this.recoveries = 0;
    this.renewals = 0;
    // Of the namespace, over all rooms; and what a connection that began anew may bring once more, since it stands in the history.
    this.last = 0;
    this.known = 0;
    // Heard over connections that went on from each other; null after one that did not.
    this.heardLast = null;
    this.syncing = true;
    this.early = [];
    this.turn = 0;
    this.wire = kind === "magpie" ? new MagpieWire(this) : new SocketIoWire(this);
  }

  // Downwards.

  async connected(recovered) {
    const turn = ++this.turn;
    if (recovered) this.recoveries++;
    else {
      this.renewals++;
      this.heardLast = null;
      this.known = this.last;
    }
    if (recovered && !this.syncing) return;
    this.syncing = true;
    const missed = [];
    // Where this connection stands once it is in all rooms: what comes after that is heard, in one order for all of them.
    let joined;
    for (const room of this.rooms) {
      joined = await this.ask(turn, "join", { room });
      if (!joined) return;
    }
    for (const room of this.rooms) {
      for (let after = this.last, more = true; more; ) {
        const page = await this.ask(turn, "history", { room, after, limit: 100 });
        if (!page) return;
        missed.push(...page.messages);
        more = page.more && page.messages.length > 0;
        after = page.messages.at(-1)?.seq ?? after;
      }
    }
    // Some of it was heard meanwhile; and the history of one room may be ahead of that of the other, and of what was heard.
    const all = new Map([...missed.filter(message => message.seq <= joined.seq), ...this.early].map(message => [message.seq, message]));
    this.early = [];
    this.syncing = false;
    [...all.values()].sort((a, b) => a.seq - b.seq).forEach(message => this.hold(message));
    this.known = Math.max(this.last, joined.seq);
  }

  /** Until it is answered; null when another connection has taken over. */
  async ask(turn, event, body) {
    for (;;) {
      const answer = await this.wire.ask(event, body).catch(() => null);
      if (turn !== this.turn) return null;
      if (answer?.ok) return answer;
      // A store that is away is no fault: it is asked again.
      if (answer && answer.code !== "UNAVAILABLE") this.faults.push(`${event} was refused: ${answer.code} ${answer.message}`);
      await pause(200);
      if (turn !== this.turn) return null;
    }
  }

  heard(message, socketId) {
    if (message.except === socketId) this.faults.push(`heard ${message.text}, which left it out`);
    if (this.heardLast !== null && message.seq <= this.heardLast)
      this.faults.push(`heard ${message.text} at ${message.seq} after ${this.heardLast}`);
    this.heardLast = message.seq;
    if (message.seq <= this.known) return;
    if (this.syncing) this.early.push(message);
    else this.hold(message);
  }

  hold(message) {
    this.held.push([message.seq, message.text, message.room]);
    this.last = Math.max(this.last, message.seq);
  }

  // Upwards.

  get waiting() {
    let waiting = 0;
    for (const sent of this.sent.values()) if (sent.state === "waiting") waiting++;
    return waiting;
  }

  async talk() {
    for (let n = 1; talking; n++) {
      await pause(config.everyMillis * (0.5 + this.random()));
      if (!talking) return;
      if (this.waiting >= MOST_WAITING) continue;
      const room = this.rooms[Math.floor(this.random() * this.rooms.length)];
      // The tutorial's client has no cid, and so asks for nothing that needs one.
      const aside = this.random() < 1 / ASIDE_EVERY && this.kind !== "seed" && config.asides;
      const text = `${this.name}-${n}`;
      const sent = { room, aside, state: "waiting", seq: 0 };
      this.sent.set(text, sent);
      this.wire.deliver(aside ? "aside" : "message", { room, text }).then(
        answer => Object.assign(sent, answer.ok ? { state: "acknowledged", seq: answer.seq } : { state: `refused ${answer.code}` }),
        error => Object.assign(sent, { state: error.code === "LOST" ? "lost" : `refused ${error.code ?? error.message}` }),
      );
    }
  }

  state() {
    return { name: this.name, ready: this.wire.isConnected && !this.syncing, waiting: this.waiting, held: this.held.length };
  }

  dump() {
    const sent = [...this.sent].map(([text, { room, aside, state, seq }]) => [text, room, aside, state, seq]);
    return {
      name: this.name, kind: this.kind, rooms: this.rooms, held: this.held, sent, faults: this.faults,
      recoveries: this.recoveries, renewals: this.renewals,
    };
  }
}

class SocketIoWire {
  constructor(member) {
    this.retries = member.kind !== "seed";
    this.socket = io(config.url + config.namespace, {
      forceNew: true,
      transports: { polling: ["polling"], websocket: ["websocket"], seed: ["websocket"], upgrade: ["polling", "websocket"] }[member.kind],
      reconnectionDelay: 100,
      reconnectionDelayMax: 1_500,
      timeout: 5_000,
      auth: { recovery: true },
      ...(this.retries ? { retries: Infinity, ackTimeout: ANSWER_WITHIN } : {}),
    });
    this.socket.on("connect", () => member.connected(this.socket.recovered));
    this.socket.on("message", message => member.heard(message, this.socket.id));
    // The client comes back by itself from all but these.
    this.socket.on("disconnect", reason => this.socket.active || this.sentAway(member, reason));
    this.socket.on("connect_error", error => this.socket.active || this.sentAway(member, error.message));
  }

  get isConnected() {
    return this.socket.connected;
  }

  sentAway(member, reason) {
    member.faults.push(`was sent away: ${reason}`);
    setTimeout(() => this.socket.connect(), 1_000);
  }

  ask(event, body) {
    if (!this.retries) return this.socket.timeout(ANSWER_WITHIN).emitWithAck(event, body);
    return new Promise((resolve, reject) => this.socket.emit(event, body, (error, answer) => (error ? reject(error) : resolve(answer))));
  }

  deliver(event, body) {
    if (this.retries) return this.ask(event, { ...body, cid: crypto.randomUUID() });
    return this.ask(event, body).catch(() => {
      throw Object.assign(new Error("no answer"), { code: "LOST" });
    });
  }
}

class MagpieWire {
  constructor(member) {
    this.member = member;
    const kept = new Map();
    this.storage = {
      get: key => kept.get(key) ?? null,
      set: (key, value) => kept.set(key, value),
      remove: key => kept.delete(key),
      keys: () => [...kept.keys()],
    };
    this.open();
    setTimeout(() => this.reload(), RELOAD_EVERY_MILLIS * (0.5 + member.random()));
  }

  get isConnected() {
    return this.magpie.state === "open" && this.magpie.waiting === 0;
  }

  open() {
    const { member } = this;
    this.magpie = new Magpie(config.url.replace("http", "ws") + "/ws?ns=" + config.namespace, {
      WebSocket,
      storage: this.storage,
      session: this.storage,
      firstPause: 100,
      longestPause: 1_500,
      openWithin: 5_000,
      answerWithin: ANSWER_WITHIN,
    });
    const { magpie } = this;
    magpie.on("$open", ({ recovered }) => magpie === this.magpie && member.connected(recovered));
    magpie.on("message", message => magpie === this.magpie && member.heard(message, magpie.id));
    magpie.on("$state", (state, reason) => {
      if (state !== "closed" || magpie !== this.magpie) return;
      member.faults.push(`was sent away: ${reason}`);
      setTimeout(() => magpie.open(), 1_000);
    });
    // Delivered by a page that has been left: the next one sees the message leave the outbox, and nothing of the answer.
    magpie.on("$outbox", waiting =>
      waiting === 0 && this.orphans?.forEach(sent => sent.state === "waiting" && (sent.state = "acknowledged")));
  }

  /** The page goes, with all that it did not put into the outbox. */
  reload() {
    if (!talking) return;
    const before = this.magpie;
    this.orphans = [...this.member.sent.values()].filter(sent => sent.state === "waiting");
    this.magpie = null;
    before.close();
    before.socket?.terminate();
    this.open();
    setTimeout(() => this.reload(), RELOAD_EVERY_MILLIS * (0.5 + this.member.random()));
  }

  ask(event, body) {
    return this.magpie.request(event, body);
  }

  deliver(event, body) {
    return this.magpie.deliver(event, body);
  }
}

let talking = false;
const members = config.members.map((member, index) => new Member(member, config.first + index));

createInterface({ input: process.stdin })
  .on("line", command => {
    if (command === "start") {
      talking = true;
      members.forEach(member => member.talk());
      say({ started: members.length });
    } else if (command === "stop") {
      talking = false;
      say({ stopped: members.length });
    } else if (command === "state") {
      say({ members: members.map(member => member.state()) });
    } else if (command === "dump") {
      members.forEach(member => say(member.dump()));
      say({ end: members.length });
    }
  })
  // With the process that started this one.
  .on("close", () => process.exit(0));
