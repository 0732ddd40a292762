// What a page holds of a room: who is there, its retained values, and texts that grow. The client is a `Magpie` (magpie.js) or the page's
// Socket.IO socket; with that one, `state` needs `io(url, {auth: {state: true}})`.
//
//   const here = presence(socket, "lobby");      here.members, here.count;   here.changed(draw);
//   const board = state(socket, "match:42");     board.get("score");         board.changed((key, value) => …);
//   const answer = stream(socket, "answer-7");   answer.text, answer.done;   answer.changed(draw);
//
// Make them before the page joins the room: what came earlier is not told again.

const ANSWER_WITHIN = 10_000;
const REMOVED = "state:removed";

/**
 * Members by id, at first those of the first page; `count` is of all. In a `large` room only the count is kept up.
 * Options: the events' `prefix`, and a member's `id`.
 */
export const presence = (client, room, options) => new Presence(over(client), room, options);

/** The retained values by key, as the last events brought them. */
export const state = (client, room) => new State(over(client), room);

/** The text so far of the message with this id, also for who comes late. Option: the `event`. */
export const stream = (client, id, options) => new TextStream(over(client), id, options);

/** Calls `changed` listeners until it is closed. */
class Held {
  constructor(wire) {
    this.wire = wire;
    this.listeners = new Set();
    this.offs = [];
  }

  changed(listener) {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  close() {
    this.offs.splice(0).forEach(off => off());
    this.listeners.clear();
  }

  hear(event, take) {
    this.offs.push(this.wire.on(event, take));
  }

  tell(...what) {
    [...this.listeners].forEach(listener => listener(...what));
  }
}

class Presence extends Held {
  constructor(wire, room, { prefix = "presence", id = member => member.id } = {}) {
    super(wire);
    Object.assign(this, { room, prefix, id, members: new Map(), count: 0, large: false, next: null });
    const hear = (event, take) => this.hear(`${prefix}:${event}`, body => body?.room === room && take(body));
    // It comes with each entrance, and begins anew.
    hear("state", page => {
      this.members.clear();
      this.large = page.large === true;
      this.next = page.next ?? null;
      this.take(page);
    });
    hear("join", joined => this.take(joined));
    hear("leave", left => {
      (left.members ?? []).forEach(member => this.members.delete(id(member)));
      this.counted(left);
    });
    hear("count", counted => {
      this.large = true;
      this.counted(counted);
    });
  }

  /** Asks for the next page; resolves to whether there are more. Without one it asks for nothing. */
  async more() {
    if (this.next === null) return false;
    const page = await this.wire.ask(`${this.prefix}:list`, { room: this.room, after: this.next });
    this.next = page.next ?? null;
    this.take(page);
    return this.next !== null;
  }

  take(page) {
    (page.members ?? []).forEach(member => this.members.set(this.id(member), member));
    this.counted(page);
  }

  counted({ count }) {
    this.count = count ?? this.count;
    this.tell();
  }
}

class State extends Held {
  constructor(wire, room) {
    super(wire);
    /** By key: {event, args, version}. */
    this.entries = new Map();
    this.offs.push(wire.retained((event, args, at) => {
      if (at.room !== room || event === REMOVED) return;
      this.entries.set(at.key, { event, args, version: at.version });
      this.tell(at.key, args[0]);
    }));
    this.hear(REMOVED, at => at?.room === room && this.entries.delete(at.key) && this.tell(at.key, undefined));
    // The snapshot follows; what went meanwhile is not in it.
    this.offs.push(wire.fresh(() => {
      const keys = [...this.entries.keys()];
      this.entries.clear();
      keys.forEach(key => this.tell(key, undefined));
    }));
  }

  get(key) {
    return this.entries.get(key)?.args[0];
  }

  /** For a compare-and-set; 0 where there is no value. */
  version(key) {
    return this.entries.get(key)?.version ?? 0;
  }
}

class TextStream extends Held {
  constructor(wire, id, { event = "stream" } = {}) {
    super(wire);
    Object.assign(this, { text: "", done: false, aborted: false });
    this.hear(event, chunk => chunk?.id === id && this.take(chunk));
  }

  /** A chunk that is told again, in a replay or within the text so far, changes nothing. */
  take({ at, text = "", done = false, aborted = false }) {
    // An id that is used again begins a new text.
    if (at === 0 && this.done && !done) this.text = "";
    if (at > this.text.length) return;
    if (at + text.length > this.text.length) this.text = this.text.slice(0, at) + text;
    this.done = done;
    this.aborted = aborted;
    this.tell(text);
  }
}

// The two wires: events, retained events with {room, key, version}, a connection that is a new session, a request.

const over = client => (client.onAny ? overSocketIo(client) : overMagpie(client));

const overMagpie = magpie => ({
  on: (event, take) => magpie.on(event, take),
  retained: take => magpie.on("$retained", take),
  fresh: take => magpie.on("$open", ({ recovered }) => recovered || take()),
  ask: (event, body) => magpie.request(event, body),
});

const overSocketIo = socket => ({
  on: (event, take) => listen(socket, event, take),
  retained(take) {
    const look = (event, ...args) => {
      // The last argument; in a namespace with recovery the offset stands behind it.
      if (typeof args.at(-1) === "string") args.pop();
      if (isPlace(args.at(-1))) take(event, args.slice(0, -1), args.at(-1));
    };
    socket.onAny(look);
    return () => socket.offAny(look);
  },
  fresh: take => listen(socket, "connect", () => socket.recovered || take()),
  ask: (event, body) => socket.timeout(ANSWER_WITHIN).emitWithAck(event, body),
});

function listen(socket, event, take) {
  socket.on(event, take);
  return () => socket.off(event, take);
}

const isPlace = value => Number.isInteger(value?.version) && "room" in value && "key" in value;
