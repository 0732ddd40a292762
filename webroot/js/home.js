// The first page: one state, one render().

import { io } from "/socket.io/socket.io.esm.min.js";
import { bot, newBot } from "./bot.js";
import { chat, identity, newChat } from "./chat.js";
import { composer } from "./composer.js";
import { language, languageOf, speak, t, time } from "./i18n.js";
import { newLink, observe } from "./link.js";
import { follow, keepAtEnd } from "./list.js";
import { showSnippets } from "./snippets.js";
import { local, session } from "./storage.js";

const NAME = "magpie.name";
// One author's messages within this time stand under one name.
const TOGETHER = 3 * 60_000;

const $ = id => document.getElementById(id);
const room = new URLSearchParams(location.search).get("room")?.trim().slice(0, 64) || "lobby";
const state = { link: newLink(), chat: newChat(room, ""), bot: newBot() };

let scheduled = false;
const changed = () => {
  if (scheduled) return;
  scheduled = true;
  // Not requestAnimationFrame: a window in the background must go on showing what it receives.
  setTimeout(() => {
    scheduled = false;
    render();
  });
};

await speak(() => {
  showSnippets($("snippets"));
  changed();
});

// This tab's own name first: two windows of one browser are two people.
// Names are kept for a day, and nobody gets one that is taken: guests need many.
state.chat.name = session.get(NAME) ?? local.get(NAME) ?? t("chat.guest", { n: String(100_000 + Math.floor(Math.random() * 900_000)) });
session.set(NAME, state.chat.name);

// connect -> on -> render
const socket = io("/chat", { auth: send => send(identity()) });
observe(socket, state.link, changed);
const talk = chat(socket, state.chat, state.link, changed);
const helper = bot(io("/bot"), state.bot, changed);
const reader = keepAtEnd($("log"), changed);

$("nick").value = state.chat.name;
$("nick").addEventListener("change", () => {
  const name = $("nick").value.trim();
  if (!name || name === state.chat.name) {
    $("nick").value = state.chat.name;
    return;
  }
  session.set(NAME, name);
  local.set(NAME, name);
  talk.rename(name);
});
$("nick").addEventListener("keydown", event => {
  if (event.key !== "Enter") return;
  event.preventDefault();
  if (!event.isComposing && event.keyCode !== 229) $("text").focus();
});
$("text").addEventListener("input", () => talk.typing());
composer($("say"), $("text"), text => {
  reader.atEnd = true;
  return talk.say(text);
});
composer($("ask"), $("question"), helper.ask);
for (const chip of document.querySelectorAll(".chip")) chip.addEventListener("click", () => helper.ask(chip.textContent));
$("reopen").addEventListener("click", () => socket.connect());
$("newer").addEventListener("click", () => {
  $("log").scrollTop = $("log").scrollHeight;
  $("log").focus();
});
$("second").href = `/?room=${encodeURIComponent(room)}`;
$("room-input").value = room;
$("room").textContent = room;

const showMessages = follow($("log"), message => (message.system ? line() : bubble()), (element, message, previous) =>
  message.system ? showLine(element, message) : showMessage(element, message, previous));
const showAnswers = follow($("answers"), () => bubble(), showAnswer);
let shownMessages = 0;
let shownAnswers = "";
render();

function render() {
  renderLink(state.link);
  renderChat(state.chat);
  renderBot(state.bot);
}

function renderLink(link) {
  $("light").dataset.status = link.status;
  say($("status"), t(`link.status.${link.status}`));
  say($("transport"), link.transport || "–");
  say($("round-trip"), link.roundTrip === null ? "–" : t("link.milliseconds", { n: link.roundTrip }));
  say($("reconnects"), String(link.reconnects));
  say($("reason"), link.reason && t("link.reason", { reason: link.reason }));
  $("reason").hidden = !link.reason;
  $("reopen").hidden = link.status !== "closed";
  const broken = link.status === "closed" || link.attempts > 0 || (link.reason && link.status !== "open");
  $("offline").hidden = !broken;
  say($("offline"), link.status === "closed" ? t("link.lost") : t("link.retrying", { n: Math.max(1, link.attempts) }));
}

function renderChat(chat) {
  showMessages(chat.messages);
  const messages = chat.messages.filter(message => !message.system).length;
  const added = Math.max(0, messages - shownMessages);
  shownMessages = messages;
  if (reader.atEnd) $("log").scrollTop = $("log").scrollHeight;
  else reader.unread += added;
  $("newer").hidden = !reader.unread;
  say($("newer"), t("chat.newer", { n: reader.unread }));
  $("log-empty").hidden = chat.messages.length > 0;
  say($("here-count"), chat.joined ? t("chat.here", { n: chat.members.length }) : "");
  say($("here"), chat.joined ? chat.members.join(language === "en" ? ", " : "、") : "");
  say($("typing"), [...chat.typing.keys()].slice(0, 3).map(name => t("chat.typing", { name })).join(" "));
  $("notice").hidden = !chat.notice;
  say($("notice"), chat.notice ? t(chat.notice.key, chat.notice) : "");
}

function renderBot(bot) {
  showAnswers(bot.entries);
  const last = bot.entries.map(entry => `${entry.key}${entry.thinking}`).at(-1);
  if (last !== shownAnswers) $("answers").scrollTop = $("answers").scrollHeight;
  shownAnswers = last;
}

/** An article's Markdown as far as an answer in a bubble needs it: what is strong. All else is text. */
function article(element, markdown) {
  const parts = markdown.split(/\*\*([^*\n]+)\*\*/);
  if (element.textContent === parts.join("")) return;
  element.replaceChildren(...parts.map((part, at) => (at % 2 ? Object.assign(document.createElement("strong"), { textContent: part }) : part)));
}

/** Writing the same words again would be announced again. */
function say(element, words) {
  if (element.textContent !== words) element.textContent = words;
}

function line() {
  const element = document.createElement("div");
  element.className = "system";
  return element;
}

function showLine(element, message) {
  say(element, t(message.system, { name: message.name }));
}

function bubble() {
  const element = document.createElement("div");
  const header = document.createElement("header");
  const text = document.createElement("p");
  element.className = "message";
  text.dir = "auto";
  header.append(document.createElement("bdi"), document.createElement("time"));
  element.append(header, text, document.createElement("footer"));
  return element;
}

function showMessage(element, message, previous) {
  const [header, text, footer] = element.children;
  const [author, at] = header.children;
  const moment = new Date(message.at);
  element.classList.toggle("mine", Boolean(message.mine));
  element.classList.toggle("continued", Boolean(previous) && !previous.system && previous.from === message.from && moment - new Date(previous.at) < TOGETHER);
  say(author, String(message.from ?? ""));
  if (!Number.isNaN(moment.getTime())) {
    at.dateTime = moment.toISOString();
    say(at, time(moment));
  }
  element.classList.toggle("deleted", Boolean(message.deleted));
  say(text, message.deleted ? t("chat.deleted") : String(message.text));
  text.lang = languageOf(text.textContent);
  showDelivery(footer, message);
}

function showDelivery(footer, message) {
  const label = { sending: t("chat.sending"), failed: t("chat.failed") }[message.status] ?? (message.edited && !message.deleted ? t("chat.edited") : "");
  if (footer.dataset.label === label) return;
  footer.dataset.label = label;
  if (message.status !== "failed") {
    footer.replaceChildren(label);
    return;
  }
  const retry = document.createElement("button");
  retry.type = "button";
  retry.textContent = label;
  retry.title = t("chat.refused", { reason: message.reason });
  retry.addEventListener("click", () => talk.retry(message.cid));
  footer.replaceChildren(retry);
}

function showAnswer(element, entry) {
  const [header, text, footer] = element.children;
  element.classList.toggle("mine", entry.from === "you");
  say(header.firstChild, t(entry.from === "you" ? "bot.you" : "bot.name"));
  if (entry.from === "bot" && entry.text) article(text, entry.text);
  else say(text, entry.words ? t(entry.words) : entry.text);
  text.lang = languageOf(text.textContent);
  showOffers(footer, entry);
}

/** What can be said to an answer: which suggestion was meant, whether it helped, that a person is wanted. */
function showOffers(footer, entry) {
  const offers = JSON.stringify([language, entry.choices, entry.article, entry.person, entry.rated]);
  if (footer.dataset.offers === offers) return;
  footer.dataset.offers = offers;
  footer.className = "choices";
  const buttons = (entry.choices ?? []).map(article => button(String(article.title), () => helper.choose(entry, article)));
  if (entry.person) buttons.push(button(t("bot.person"), helper.person));
  if (entry.article && entry.rated === "done") buttons.push(t("bot.rated"));
  else if (entry.article) buttons.push(t("bot.helpful"), rating(entry, true), rating(entry, false));
  footer.replaceChildren(...buttons);
}

function rating(entry, helpful) {
  const element = button(helpful ? "👍" : "👎", () => helper.rate(entry, helpful));
  element.setAttribute("aria-label", t(helpful ? "bot.yes" : "bot.no"));
  element.title = t(helpful ? "bot.yes" : "bot.no");
  element.disabled = entry.rated === "sending";
  return element;
}

function button(text, clicked) {
  const element = document.createElement("button");
  element.type = "button";
  element.className = "quiet";
  element.textContent = text;
  element.addEventListener("click", clicked);
  return element;
}
