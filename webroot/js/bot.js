// Questions to the bot, on the same connection as the chat; only the asker sees them.

import { request } from "./link.js";

// What the page says in its own language; an answer's text comes from the articles.
const SAID = { SUGGEST: "bot.didYouMean", NOT_FOUND: "bot.notFound" };

export const newBot = () => ({ entries: [{ key: "greeting", from: "bot", words: "bot.greeting" }], asking: 0 });

export function bot(socket, state, changed) {
  let count = 0;

  async function ask(text) {
    const answer = { key: `answer-${++count}`, from: "bot", words: "bot.thinking", thinking: true };
    state.entries.push({ key: `question-${count}`, from: "you", text }, answer);
    changed();
    const reply = await request(socket, "ask", { text }).catch(() => null);
    Object.assign(answer, { thinking: false, words: undefined }, read(reply));
    changed();
  }

  return { ask: text => (ask(text), true) };
}

function read(reply) {
  if (!reply) return { words: "bot.failed" };
  if (!reply.ok) return reply.code === "INVALID" ? { words: "bot.bad" } : { words: "bot.failed" };
  const titles = (reply.result ?? []).map(article => String(article.title));
  if (reply.outcome === "ANSWER") return { text: reply.text || titles.join("\n") };
  return { words: SAID[reply.outcome] ?? "bot.failed", choices: reply.outcome === "SUGGEST" ? titles : [] };
}
