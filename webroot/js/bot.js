// Questions to the bot, on a namespace of its own over the same connection as the chat; only the asker sees them. What was said outlives a
// reload; what was asked while the server was away is asked once it is back.

import { language } from "./i18n.js";
import { request } from "./link.js";
import { stream } from "./room.js";
import { session } from "./storage.js";

// What the page says in its own language; an answer's text comes from the articles.
const SAID = { SUGGEST: "bot.didYouMean", NOT_FOUND: "bot.notFound" };
const PERSON = { "zh-CN": "转人工客服", en: "Talk to a person" };
const KEPT = "magpie.bot";
const MOST_KEPT = 60;
// How often a question is asked that the server takes and does not answer.
const MOST_TRIES = 3;

export const newBot = () => ({ entries: [{ key: "greeting", from: "bot", words: "bot.greeting" }] });

export function bot(socket, state, changed) {
  let count = 0;
  let streams = 0;
  restore();

  function restore() {
    const said = parse(session.get(KEPT));
    if (!said.length) return;
    state.entries = said;
    count = said.length;
    for (const entry of said) {
      if (entry.rated === "sending") entry.rated = undefined;
      if (entry.thinking) answer(entry);
    }
  }

  function show() {
    session.set(KEPT, JSON.stringify(state.entries.slice(-MOST_KEPT)));
    changed();
  }

  function ask(text) {
    const id = `${++count}-${Date.now()}`;
    const entry = { key: `answer-${id}`, from: "bot", question: text, thinking: true };
    state.entries.push({ key: `question-${id}`, from: "you", text }, entry);
    answer(entry);
  }

  async function answer(entry) {
    Object.assign(entry, { thinking: true, failed: false, text: undefined });
    let reply = null;
    for (let tries = 0; !reply && tries < MOST_TRIES; ) {
      if (!socket.connected) {
        entry.words = "bot.waiting";
        show();
        await new Promise(connected => socket.once("connect", connected));
      }
      entry.words = "bot.thinking";
      show();
      reply = await grow(entry, id => request(socket, "ask", { text: entry.question, lang: language, stream: id }));
      // A connection that went took the question with it: that was no try.
      if (!reply && socket.connected) tries++;
    }
    Object.assign(entry, { thinking: false, words: undefined }, read(reply));
    show();
  }

  /** An answer may be shown while it is still being made: then it comes as a stream. */
  async function grow(entry, asked) {
    const id = `${Date.now()}-${++streams}`;
    const growing = stream(socket, id);
    const cut = () => {
      entry.failed = true;
      over();
      show();
    };
    const over = () => {
      growing.close();
      socket.off("disconnect", cut);
    };
    growing.changed(() => {
      Object.assign(entry, { text: growing.text, words: undefined, failed: growing.aborted });
      if (growing.done) over();
      show();
    });
    const reply = await asked(id).catch(() => null);
    if (reply?.stream !== id) over();
    else if (!growing.done) socket.on("disconnect", cut);
    return reply && growing.text ? { ...reply, text: growing.text } : reply;
  }

  /** The suggestion that was meant: counted for its article, then asked by its title. */
  function choose(entry, article) {
    say("chosen", article._id, entry);
    ask(String(article.title));
  }

  /** Whether the answer helped. It counts as said when the server has it. */
  async function rate(entry, helpful) {
    entry.rated = "sending";
    show();
    entry.rated = (await say(helpful ? "helpful" : "unhelpful", entry.article, entry)) ? "done" : undefined;
    show();
  }

  async function say(kind, article, entry) {
    entry.click ??= crypto.getRandomValues(new Uint32Array(4)).join("-");
    const said = await request(socket, "feedback", { kind, article, question: entry.question, key: `${entry.click}-${article}-${kind}` }).catch(() => null);
    return Boolean(said?.ok);
  }

  return { ask: text => (ask(text), true), again: answer, person: () => ask(PERSON[language] ?? PERSON.en), choose, rate };
}

function read(reply) {
  if (!reply) return { words: "bot.failed", failed: true };
  if (!reply.ok) return reply.code === "INVALID" ? { words: "bot.bad" } : { words: "bot.failed", failed: true };
  const result = reply.result ?? [];
  if (reply.outcome === "ANSWER") return { text: reply.text, article: result[0]?._id, choices: result.slice(1) };
  // The bot has more to say than that it found nothing when a question is too long.
  if (reply.outcome === "NOT_FOUND") return { text: reply.text || undefined, words: reply.text ? undefined : SAID.NOT_FOUND, person: true };
  return { words: SAID[reply.outcome] ?? "bot.failed", choices: result };
}

function parse(text) {
  try {
    const said = JSON.parse(text);
    return Array.isArray(said) ? said.filter(entry => entry?.key) : [];
  } catch {
    return [];
  }
}
