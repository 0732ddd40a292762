// Magpie's plain client: an event connection over one WebSocket, for browsers, without dependencies.
//
//   import { Magpie, state } from "/js/magpie.js";
//   const magpie = new Magpie("/ws?ns=/chat");
//   magpie.on("message", message => …);
//   await magpie.request("join", { room: "lobby", name: "me" });
//   await magpie.deliver("message", { room: "lobby", text: "你好" });   // kept until the server has confirmed it
//   const board = state(magpie, "match:42");                           // room.js: also presence(magpie, room), stream(magpie, id)
//
// It speaks the subprotocol magpie.v1: objects as frames, an offset on every logged event, resume after a loss.

import { newId, Outbox } from "./outbox.js";
import { local, session } from "./storage.js";

export { presence, state, stream } from "./room.js";

const PROTOCOL = "magpie.v1";

// Refusals for the moment: what is in the outbox stays there, and is sent again.
const PASSING = new Set(["RATE_LIMIT", "UNAVAILABLE"]);

// The close code of a server that has too much to do: the next pause is some steps longer.
const TRY_LATER = 1013;
const LATER = 4;

export const DEFAULTS = {
  // What the server may ask for before the first event; a function is called at each connection.
  auth: undefined,
  // The first pause before a reconnect, and the longest: each is up to twice the one before, and random.
  firstPause: 500,
  longestPause: 30_000,
  // A connection that lasts for so long was a good one: the next pause is the first again.
  steadyAfter: 5_000,
  // A connection that does not open, or that answers no heartbeat, within this time is given up.
  openWithin: 10_000,
  // An answer that does not come within this time is asked for again.
  answerWithin: 10_000,
  // A refusal that is only for the moment (too fast, the bot away) is tried again after this time.
  passingWithin: 1_000,
  // Until the server has named its own.
  heartbeat: { interval: 25_000, timeout: 20_000 },
  // Messages kept for later; one more is refused rather than another one lost.
  outboxLimit: 1_000,
  // Where the outbox is, and what only this tab remembers over a reload.
  storage: local,
  session,
  // By which tabs know of each other; where the browser has none (not on https), each tab sends all that it finds at its start.
  locks: globalThis.navigator?.locks,
  // Says that the network is back (`online`); then nobody waits for a pause or a heartbeat.
  network: globalThis,
  WebSocket: globalThis.WebSocket,
  clock: { now: () => Date.now(), after: (ms, run) => setTimeout(run, ms), cancel: timer => clearTimeout(timer) },
  random: Math.random,
};

/** What a refusal (`{ok: false}`), a closed connection or a full outbox rejects with. */
export class Refusal extends Error {
  constructor(code, message) {
    super(message || code);
    this.code = code;
  }
}

/**
 * One connection that is kept until one side says that it is over: `close()`, or the server's `close` frame.
 * Its states: `connecting` (also while it waits to try again), `open`, `closing`, `closed`.
 * Besides the server's events it emits `$state` (state, reason), `$open` ({id, recovered}), `$outbox` (number waiting), `$binary` (ArrayBuffer),
 * `$retained` (event, args, {room, key, version}).
 */
export class Magpie {
  constructor(url, options = {}) {
    this.options = { ...DEFAULTS, ...options };
    this.url = absolute(url);
    this.state = "closed";
    this.recovered = false;
    this.listeners = new Map();

    // Of the session: kept over reconnects, so that the server can send what was missed.
    this.pid = null;
    this.offset = null;

    // Of the present socket.
    this.socket = null;
    this.dismissed = null;
    this.failures = 0;
    this.timers = {};

    this.acks = new Map();
    this.lastAck = 0;
    this.confirmations = new Map();
    this.sending = null;
    this.outbox = new Outbox(this.url, this.options, () => {
      this.announce("$outbox", this.outbox.size);
      this.drain();
    });
    this.options.network.addEventListener?.("online", () => this.online());
    this.open();
  }

  // What a page uses.

  on(event, listener) {
    if (!this.listeners.has(event)) this.listeners.set(event, new Set());
    this.listeners.get(event).add(listener);
    return () => this.listeners.get(event).delete(listener);
  }

  /** At most once: gone when there is no connection; returns whether it was written. */
  emit(event, ...args) {
    if (this.state !== "open") return false;
    this.write({ event, args });
    return true;
  }

  /** Resolves to what the server acknowledges with; rejects when the connection goes or no answer comes in time. */
  request(event, ...args) {
    return new Promise((resolve, reject) => {
      if (this.state !== "open") {
        reject(new Refusal("CLOSED", "not connected"));
        return;
      }
      const ack = ++this.lastAck;
      const timer = this.options.clock.after(this.options.answerWithin, () => this.settle(ack, () => reject(new Refusal("TIMEOUT", `no answer to ${event}`))));
      this.acks.set(ack, { resolve, reject, timer });
      this.write({ event, args, ack });
    });
  }

  /**
   * Takes the message into the outbox, which a reload survives, and sends it, in order, under one `cid` until the server has acknowledged it.
   * Resolves to the acknowledgement `{ok: true, …}`, rejects on `{ok: false}`: what the server will never take is not sent again.
   */
  deliver(event, body) {
    const cid = body.cid ?? newId();
    if (!this.outbox.add({ event, body: { ...body, cid } })) return Promise.reject(new Refusal("OUTBOX_FULL", "too many messages wait"));
    const confirmed = new Promise((resolve, reject) => this.confirmations.set(cid, { resolve, reject }));
    this.announce("$outbox", this.outbox.size);
    this.drain();
    return confirmed;
  }

  /** Sends bytes as a binary frame; `progress(sent, total)` follows what has left the browser. Resolves when all has, rejects when the connection went first. */
  sendBinary(data, progress = () => {}) {
    if (this.state !== "open") return Promise.reject(new Refusal("CLOSED", "not connected"));
    const socket = this.socket;
    const total = data.size ?? data.byteLength;
    socket.send(data);
    return new Promise((resolve, reject) => {
      const look = () => {
        if (socket.readyState !== 1) {
          reject(new Refusal("CLOSED", "the connection went"));
          return;
        }
        progress(Math.max(0, total - socket.bufferedAmount), total);
        if (socket.bufferedAmount === 0) resolve();
        else this.options.clock.after(50, look);
      };
      look();
    });
  }

  /** How many messages wait for their confirmation. */
  get waiting() {
    return this.outbox.size;
  }

  /** What they are, the oldest first: `{event, body}`. After a reload a page shows them again. */
  get unsent() {
    return this.outbox.entries.map(({ event, body }) => ({ event, body: { ...body } }));
  }

  /** Connects again after `close()` or after the server has sent us away, or at once instead of after the pause. */
  open() {
    if (this.socket && this.socket.readyState < 2) return;
    this.dismissed = null;
    this.forgetRequests("reconnecting");
    this.connect();
  }

  /** For good: no reconnect until `open()`. The outbox is kept. */
  close() {
    this.stopAll();
    if (!this.socket || this.socket.readyState === 3) {
      this.become("closed", "client close");
      return;
    }
    const socket = this.socket;
    this.become("closing", "client close");
    socket.close(1000);
    // A server that never answers the close must not hold the page.
    this.start("closing", 2_000, () => this.closed(socket, "close timeout"));
  }

  // Connection.

  connect() {
    this.stopAll();
    const socket = new this.options.WebSocket(this.url, PROTOCOL);
    socket.binaryType = "arraybuffer";
    this.socket = socket;
    this.become("connecting");
    socket.onopen = () => socket === this.socket && this.greet();
    // The close that follows says it all; but some sockets throw an error that nobody listens to.
    socket.onerror = () => {};
    socket.onmessage = message => socket === this.socket && this.receive(message.data);
    socket.onclose = event => {
      if (event.code === TRY_LATER) this.failures = Math.max(this.failures, LATER);
      this.closed(socket, event.reason || `code ${event.code}`);
    };
    this.start("opening", this.options.openWithin, () => this.drop("connect timeout"));
  }

  /** Who we are and what we saw last; the server answers with its `open` frame. */
  greet() {
    const { auth } = this.options;
    const frame = {};
    const credentials = typeof auth === "function" ? auth() : auth;
    if (credentials) frame.auth = credentials;
    // Without an offset, which no event brought yet, the server goes on from the session's beginning.
    if (this.pid) frame.resume = { pid: this.pid, offset: this.offset ?? undefined };
    if (Object.keys(frame).length) this.write(frame);
  }

  opened({ id, pid, interval, timeout }) {
    this.stop("opening");
    this.start("steady", this.options.steadyAfter, () => (this.failures = 0));
    this.id = id;
    this.recovered = Boolean(pid) && pid === this.pid;
    this.pid = pid ?? null;
    const { heartbeat } = this.options;
    this.heartbeat = { interval: interval || heartbeat.interval, timeout: timeout || heartbeat.timeout };
    this.become("open");
    this.announce("$open", { id, recovered: this.recovered });
    this.beat();
    this.drain();
  }

  /** Gives this socket up without waiting for its closing handshake: a half-open connection would never finish it. */
  drop(reason) {
    const socket = this.socket;
    socket.close();
    this.closed(socket, reason);
  }

  closed(socket, reason) {
    if (socket !== this.socket) return;
    this.socket = null;
    this.stopAll();
    this.forgetRequests(reason);
    if (this.state === "closing" || this.dismissed) {
      this.become("closed", this.dismissed ?? reason);
      return;
    }
    this.become("connecting", reason);
    this.start("retry", this.pause(), () => this.connect());
  }

  /** A pause is over, and a connection that only seems alive is found out. */
  online() {
    if (this.state === "connecting" && !this.socket) this.open();
    else if (this.state === "open") this.ping();
  }

  forgetRequests(reason) {
    for (const ack of [...this.acks.keys()]) this.settle(ack, waiting => waiting.reject(new Refusal("CLOSED", reason)));
    this.sending = null;
  }

  /** Doubles with each failure up to a limit; between half and all of it, so that a thousand clients do not come back at one moment. */
  pause() {
    const { firstPause, longestPause, random } = this.options;
    const most = Math.min(longestPause, firstPause * 2 ** this.failures++);
    return most * (0.5 + random() / 2);
  }

  // Heartbeat: a text ping wants a text pong, and anything that is heard counts as life.

  beat() {
    this.start("beat", this.heartbeat.interval, () => this.ping());
  }

  ping() {
    this.stop("beat");
    this.socket.send("ping");
    this.awaitPong();
  }

  /** The ping stands in line behind all that was sent before; as long as that goes out, somebody takes it. */
  awaitPong() {
    const unsent = this.socket.bufferedAmount;
    this.start("pong", this.heartbeat.timeout, () => (this.socket.bufferedAmount < unsent ? this.awaitPong() : this.drop("heartbeat timeout")));
  }

  heard() {
    this.stop("pong");
    if (this.state === "open") this.beat();
  }

  // Frames.

  write(frame) {
    this.socket.send(JSON.stringify(frame));
  }

  receive(data) {
    this.heard();
    if (data === "pong") return;
    if (typeof data !== "string") {
      this.announce("$binary", data);
      return;
    }
    const frame = parse(data);
    if (!frame) return;
    if (frame.open) this.opened(frame.open);
    else if (frame.close) this.dismissed = frame.close.reason || "server close";
    else if (frame.event !== undefined) this.happened(frame);
    else if (frame.ack !== undefined) this.settle(frame.ack, waiting => waiting.resolve((frame.args ?? [])[0]));
  }

  happened({ event, args = [], id, ack, state: place }) {
    // Noted first: a listener that throws must not have the same event sent again after every reconnect.
    if (id !== undefined) this.offset = id;
    const listeners = [...(this.listeners.get(event) ?? [])];
    const values = args.map(bytes);
    if (ack !== undefined) values.push((...answer) => this.state === "open" && this.write({ ack, args: answer }));
    listeners.forEach(listener => call(listener, values));
    // A retained value, {room, key, version}.
    if (place) this.announce("$retained", event, values, place);
  }

  settle(ack, use) {
    const waiting = this.acks.get(ack);
    if (!waiting) return;
    this.acks.delete(ack);
    this.options.clock.cancel(waiting.timer);
    use(waiting);
  }

  // Outbox: one message on the way at a time, so that order is kept.

  async drain() {
    if (this.state !== "open" || this.sending) return;
    const entry = this.outbox.first();
    if (!entry) return;
    const turn = {};
    this.sending = turn;
    const answer = await this.request(entry.event, entry.body).catch(() => null);
    // After a loss the next connection begins again, with the same message.
    if (this.sending !== turn) return;
    this.sending = null;
    if (answer && PASSING.has(answer.code)) {
      this.start("passing", this.options.passingWithin, () => this.drain());
      return;
    }
    if (answer) this.confirm(entry, answer);
    this.drain();
  }

  confirm(entry, answer) {
    this.outbox.remove(entry);
    const waiting = this.confirmations.get(entry.body.cid);
    this.confirmations.delete(entry.body.cid);
    this.announce("$outbox", this.outbox.size);
    if (answer.ok === false) waiting?.reject(new Refusal(answer.code, answer.message));
    else waiting?.resolve(answer);
  }

  // Small things.

  become(state, reason = "") {
    if (this.state === state && !reason) return;
    this.state = state;
    this.announce("$state", state, reason);
  }

  announce(event, ...values) {
    for (const listener of [...(this.listeners.get(event) ?? [])]) call(listener, values);
  }

  start(name, ms, run) {
    this.stop(name);
    this.timers[name] = this.options.clock.after(ms, () => {
      delete this.timers[name];
      run();
    });
  }

  stopAll() {
    for (const name of Object.keys(this.timers)) this.stop(name);
  }

  stop(name) {
    if (name in this.timers) this.options.clock.cancel(this.timers[name]);
    delete this.timers[name];
  }
}

function call(listener, values) {
  try {
    listener(...values);
  } catch (error) {
    // Reported as if uncaught, and the other listeners still run.
    setTimeout(() => {
      throw error;
    });
  }
}

function parse(text) {
  try {
    const value = JSON.parse(text);
    return value && typeof value === "object" ? value : null;
  } catch {
    return null;
  }
}

/** Binary arguments come as {"$binary": base64}, anywhere. */
function bytes(value) {
  if (Array.isArray(value)) return value.map(bytes);
  if (!value || typeof value !== "object") return value;
  const keys = Object.keys(value);
  if (keys.length === 1 && typeof value.$binary === "string") return Uint8Array.from(atob(value.$binary), c => c.charCodeAt(0));
  return Object.fromEntries(keys.map(key => [key, bytes(value[key])]));
}

function absolute(url) {
  const address = new URL(url, globalThis.location?.href);
  address.protocol = address.protocol.replace("http", "ws");
  return address.href;
}
