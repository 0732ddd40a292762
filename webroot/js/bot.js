// Questions to the bot, on a namespace of its own over the same connection as the chat; only the asker sees them.

import { language } from "./i18n.js";
import { request } from "./link.js";

// What the page says in its own language; an answer's text comes from the articles.
const SAID = { SUGGEST: "bot.didYouMean", NOT_FOUND: "bot.notFound" };
const PERSON = { "zh-CN": "转人工客服", en: "Talk to a person" };

export const newBot = () => ({ entries: [{ key: "greeting", from: "bot", words: "bot.greeting" }] });

export function bot(socket, state, changed) {
  let count = 0;

  async function ask(text) {
    const answer = { key: `answer-${++count}`, from: "bot", question: text, words: "bot.thinking", thinking: true };
    state.entries.push({ key: `question-${count}`, from: "you", text }, answer);
    changed();
    const reply = await request(socket, "ask", { text, lang: language }).catch(() => null);
    Object.assign(answer, { thinking: false, words: undefined }, read(reply));
    changed();
  }

  /** The suggestion that was meant: counted for its article, then asked by its title. */
  function choose(entry, article) {
    say("chosen", article._id, entry);
    ask(String(article.title));
  }

  /** Whether the answer helped. It counts as said when the server has it. */
  async function rate(entry, helpful) {
    entry.rated = "sending";
    changed();
    entry.rated = (await say(helpful ? "helpful" : "unhelpful", entry.article, entry)) ? "done" : undefined;
    changed();
  }

  async function say(kind, article, entry) {
    entry.click ??= crypto.getRandomValues(new Uint32Array(4)).join("-");
    const said = await request(socket, "feedback", { kind, article, question: entry.question, key: `${entry.click}-${article}-${kind}` }).catch(() => null);
    return Boolean(said?.ok);
  }

  return { ask: text => (ask(text), true), person: () => ask(PERSON[language] ?? PERSON.en), choose, rate };
}

function read(reply) {
  if (!reply) return { words: "bot.failed" };
  if (!reply.ok) return { words: reply.code === "INVALID" ? "bot.bad" : "bot.failed" };
  const result = reply.result ?? [];
  if (reply.outcome === "ANSWER") return { text: reply.text, article: result[0]?._id, choices: result.slice(1) };
  // The bot has more to say than that it found nothing when a question is too long.
  if (reply.outcome === "NOT_FOUND") return { text: reply.text || undefined, words: reply.text ? undefined : SAID.NOT_FOUND, person: true };
  return { words: SAID[reply.outcome] ?? "bot.failed", choices: result };
}
