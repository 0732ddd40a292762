// The chat room: connect -> on -> state. It draws nothing; `changed` asks the page to.

import { adopt, choose, enter, nameHere, onChosen, wish, wishes, wishHere } from "./identity.js";
import { measuredRequest, request } from "./link.js";
import { newId, Outbox } from "./outbox.js";
import { local, session } from "./storage.js";

const PAGE = 50;
// Messages in the page; more while the reader is further up, so that what they read does not go.
const KEPT = 500;
const MOST_KEPT = 2_000;
// How often a quiet page asks whether it missed anything, which is also how it measures the round trip.
const CATCH_UP_EVERY = 10_000;
// Somebody who typed nothing for this long has stopped.
const TYPING_LASTS = 4_000;
const TYPING_EVERY = 2_000;
const MOST_WAITING = 1_000;
/** The server's bound, in characters. */
export const LONGEST = 10_000;

// `wish`: a name that was chosen and that the server has not been asked for yet. `readingBack`: the reader is not at the end.
export const newChat = room => ({ room, name: "", wish: null, author: null, joined: false, seq: 0, members: [], count: 0, messages: [], typing: new Map(), notice: null, readingBack: false });

export function chat(socket, state, link, changed) {
  const outbox = new Outbox(
    `chat/${encodeURIComponent(state.room)}`,
    { storage: local, session, locks: navigator.locks, clock: { after: (ms, run) => setTimeout(run, ms) }, outboxLimit: MOST_WAITING },
    restore,
  );
  let lastTyping = 0;
  let lines = 0;
  let delivering = false;

  socket.on("connect", join);
  socket.on("disconnect", () => {
    state.joined = false;
    state.typing.clear();
    changed();
  });
  socket.on("message", message => ours(message) && take([message]));
  socket.on("edited", message => ours(message) && isShown(message) && take([message]));
  socket.on("deleted", message => ours(message) && isShown(message) && take([message]));
  socket.on("purged", event => forget(event?.seqs));
  socket.on("joined", event => ours(event) && present("joined", event));
  socket.on("left", event => ours(event) && present("left", event));
  socket.on("count", event => ours(event) && counted(event));
  socket.on("typing", event => ours(event) && typed(String(event.from)));
  setInterval(() => document.hidden || catchUp(), CATCH_UP_EVERY);

  function ours(event) {
    return event?.room === state.room;
  }

  async function join() {
    // What is heard from here on may be newer than what was missed.
    const known = state.seq;
    const wished = state.wish;
    const answer = await enter(ask, state.room, wished === null ? wishes(state.name) : names(wished)).catch(() => null);
    if (!answer) return;
    if (state.wish === wished) wishFor(null);
    state.joined = answer.ok === true;
    state.notice = answer.ok ? taken(wished ?? state.name, answer.name) : { key: "chat.joinRefused", ...reasonOf(answer) };
    if (answer.ok) {
      entered(answer);
      if (answer.name === wished) choose(wished);
      await history(known ? { after: known } : {});
      // What was edited or deleted meanwhile; a connection that recovered hears of it.
      if (known && !socket.recovered) await history({});
      deliver();
    }
    changed();
  }

  function ask(event, body) {
    return measuredRequest(socket, link, event, body);
  }

  /** The one that was chosen, or else the one that the visitor had. */
  function* names(wished) {
    yield wished;
    yield* wishes(state.name);
  }

  function entered({ name, author, members, count }) {
    state.name = name;
    state.author = author ?? null;
    state.members = namesOf(members);
    state.count = count ?? state.members.length;
    for (const message of state.messages) claim(message);
  }

  function wishFor(name) {
    state.wish = name;
    wish(name);
  }

  function taken(wished, got) {
    return got === wished ? null : { key: "chat.nameTaken", wished, name: got };
  }

  /** What was said meanwhile, or before we came. A server that keeps none refuses: then there is nothing to show. */
  async function history(range) {
    const answer = await measuredRequest(socket, link, "history", { room: state.room, limit: PAGE, ...range }).catch(() => null);
    if (answer?.ok && Array.isArray(answer.messages)) take(answer.messages);
    if (answer?.ok && answer.more && range.after !== undefined && answer.messages.length) await history({ after: answer.messages.at(-1).seq });
  }

  async function catchUp() {
    if (!socket.connected || !state.joined) return;
    await history({ after: state.seq });
    changed();
  }

  /** Adds what is new and confirms what was ours; a message seen twice is the same message. */
  function take(messages) {
    for (const message of messages) {
      const known = state.messages.find(other => (message.cid ? other.cid === message.cid : other.seq === message.seq && !other.system));
      const sent = claim({ ...message, key: message.cid ?? `seq-${message.seq}`, status: "sent" });
      if (known) Object.assign(known, sent, { key: known.key });
      else state.messages.push(sent);
      state.seq = Math.max(state.seq, message.seq ?? 0);
      state.typing.delete(message.from);
      if (known?.mine) outbox.forget(known.cid);
    }
    settle();
  }

  /** What this visitor said, in whichever window and under whatever name. */
  function claim(message) {
    if (state.author && message.author === state.author) message.mine = true;
    return message;
  }

  function isShown({ seq }) {
    return state.messages.some(message => message.seq === seq && !message.system);
  }

  function forget(seqs) {
    if (!Array.isArray(seqs)) return;
    const gone = new Set(seqs);
    state.messages = state.messages.filter(message => message.system || !gone.has(message.seq));
    changed();
  }

  function settle() {
    const place = message => (message.status === "sent" ? message.seq : Infinity);
    state.messages.sort((a, b) => (place(a) === place(b) ? 0 : place(a) - place(b)));
    state.messages.splice(0, Math.max(0, state.messages.length - (state.readingBack ? MOST_KEPT : KEPT)));
    changed();
  }

  function present(what, event) {
    if (event.members !== undefined) state.members = namesOf(event.members);
    counted(event);
    if (event.name !== state.name) tell(`chat.${what}`, String(event.name));
    state.typing.delete(event.name);
    settle();
  }

  function counted({ count }) {
    if (Number.isInteger(count)) state.count = count;
    changed();
  }

  /** Between two messages there is one line for all who came and one for all who left; who comes back as fast is no news. */
  function tell(what, name) {
    const run = state.messages.slice(state.messages.findLastIndex(message => !message.system && message.status === "sent") + 1).filter(message => message.system);
    const opposite = run.find(line => line.system !== what && line.names.has(name));
    if (opposite) {
      opposite.names.delete(name);
      if (!opposite.names.size) state.messages.splice(state.messages.indexOf(opposite), 1);
      return;
    }
    const line = run.find(other => other.system === what);
    if (line) line.names.add(name);
    else state.messages.push({ key: `line-${++lines}`, system: what, names: new Set([name]), seq: state.seq, status: "sent" });
  }

  function typed(name) {
    clearTimeout(state.typing.get(name));
    state.typing.set(name, setTimeout(() => {
      state.typing.delete(name);
      changed();
    }, TYPING_LASTS));
    changed();
  }

  /** Shown at once, kept over a reload, sent in order, sent again under the same cid until the server has it. */
  function say(text) {
    if (text.length > LONGEST) return false;
    const body = { cid: newId(), text, at: Date.now() };
    if (!outbox.add({ event: "message", body })) return false;
    waits(body);
    settle();
    deliver();
    return true;
  }

  function waits({ cid, text, at }) {
    state.messages.push({ key: cid, cid, from: state.name, text, at, mine: true, status: "sending" });
  }

  async function deliver() {
    if (delivering) return;
    delivering = true;
    try {
      for (let next; socket.connected && state.joined && (next = waiting()[0]);) await send(next);
    } finally {
      delivering = false;
    }
  }

  async function send(message) {
    const answer = await request(socket, "message", { room: state.room, cid: message.cid, text: message.text }).catch(() => null);
    // No answer is no refusal: the same message goes again, now or after the reconnect.
    if (!answer) return;
    if (answer.ok) Object.assign(message, { status: "sent", seq: answer.seq });
    else Object.assign(message, { status: "failed", refusal: reasonOf(answer) });
    outbox.forget(message.cid);
    settle();
  }

  function retry(cid) {
    const message = state.messages.find(other => other.cid === cid && other.status === "failed");
    if (!message) return;
    message.status = "sending";
    outbox.add({ event: "message", body: { cid, text: message.text, at: message.at } });
    settle();
    deliver();
  }

  function waiting() {
    return state.messages.filter(message => message.status === "sending");
  }

  /** What an earlier page did not get sent. */
  function restore() {
    for (const { body } of outbox.entries) if (!state.messages.some(message => message.cid === body.cid)) waits(body);
    settle();
    deliver();
  }

  /** Asked of the server where there is one; refused, nothing has changed. `here`: the visitor chose it in this window. */
  async function rename(name, here = true) {
    wishFor(name);
    if (!state.joined) return;
    const answer = await enter(ask, state.room, [name]).catch(() => null);
    // The connection has gone: the next one asks.
    if (!answer || state.wish !== name) return;
    if (answer.code === "NAME_TAKEN" && adopt(name)) {
      socket.disconnect().connect();
      return;
    }
    wishFor(null);
    state.notice = answer.ok ? null : { key: "chat.renameRefused", wished: name, name: state.name, ...reasonOf(answer) };
    if (answer.ok) {
      entered(answer);
      if (here) choose(answer.name);
    }
    changed();
  }

  function typing() {
    if (!state.joined || Date.now() - lastTyping < TYPING_EVERY) return;
    lastTyping = Date.now();
    socket.volatile.emit("typing", { room: state.room });
  }

  state.name = nameHere();
  state.wish = wishHere();
  onChosen(name => rename(name, false));
  restore();
  return { say, retry, rename, typing };
}

/** For `t`: the page has words of its own for the server's codes. */
const reasonOf = answer => ({ code: String(answer.code ?? "?"), message: String(answer.message ?? "") });

const namesOf = members => (Array.isArray(members) ? members.map(member => String(member?.name ?? member)) : []);
