// The first page: one state, one render().

import { io } from "../socket.io/socket.io.esm.min.js";
import { bot, newBot } from "./bot.js";
import { chat, LONGEST, newChat } from "./chat.js";
import { composer } from "./composer.js";
import { knows, language, languageOf, speak, t, time } from "./i18n.js";
import { identity, nameHere, remember } from "./identity.js";
import { newLink, observe } from "./link.js";
import { follow, keepAtEnd } from "./list.js";
import { write } from "./markdown.js";
import { path, serves } from "./place.js";
import { showServed } from "./served.js";
import { showSnippets } from "./snippets.js";

// One author's messages within this time stand under one name.
const TOGETHER = 3 * 60_000;
const HUES = 8;
const LONGEST_QUESTION = 1_000;

const $ = id => document.getElementById(id);
const room = new URLSearchParams(location.search).get("room")?.trim().slice(0, 64) || "lobby";
const hasChat = serves("chat");
const hasBot = serves("bot");
const state = { link: newLink(), chat: newChat(room), bot: newBot() };

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

showServed();
$("programs").hidden = hasChat || hasBot;
document.querySelector(".talks").classList.toggle("single", hasChat !== hasBot);
document.querySelector(".view").classList.toggle("plain", !hasChat && !hasBot);
document.querySelector(".talks").hidden = !hasChat && !hasBot;

await speak(() => {
  showSnippets($("snippets"), hasChat);
  changed();
});

// Names are kept for a day, and nobody gets one that is taken: visitors need many.
if (nameHere() === null) remember(t("chat.guest", { n: String(100_000 + Math.floor(Math.random() * 900_000)) }));

// connect -> on -> render
const options = { path, auth: send => send({ recovery: true, ...identity() }) };
const socket = io(hasChat ? "/chat" : hasBot ? "/bot" : "/", options);
observe(socket, state.link, changed);
const talk = hasChat && chat(socket, state.chat, state.link, changed);
const helper = hasBot && bot(hasChat ? io("/bot", { path }) : socket, state.bot, changed);
const reader = keepAtEnd($("log"), changed);
const showMessages = follow($("log"), message => (message.system ? line() : bubble("p")), (element, message, previous) =>
  message.system ? showLine(element, message) : showMessage(element, message, previous));
const showAnswers = follow($("answers"), () => bubble("div"), showAnswer);
let shownSeq = 0;
let shownAnswers = "";
let tooLong = 0;

if (talk) setUpChat();
if (helper) setUpBot();
$("reopen").addEventListener("click", () => socket.connect());
render();

function setUpChat() {
  $("nick").addEventListener("change", () => {
    const name = $("nick").value.trim();
    if (name && name !== state.chat.name) talk.rename(name);
    changed();
  });
  $("nick").addEventListener("keydown", event => {
    if (event.key !== "Enter") return;
    event.preventDefault();
    if (!event.isComposing && event.keyCode !== 229) $("text").focus();
  });
  $("text").addEventListener("input", () => {
    talk.typing();
    changed();
  });
  composer($("say"), $("text"), text => {
    const taken = talk.say(text);
    if (taken) reader.toEnd();
    return taken;
  }, `magpie.draft ${room}`);
  $("newer").addEventListener("click", () => {
    reader.toEnd();
    $("log").focus();
  });
  $("second").href = `?room=${encodeURIComponent(room)}`;
  $("room-input").value = room;
  $("room").textContent = room;
}

function setUpBot() {
  composer($("ask"), $("question"), text => {
    tooLong = text.length > LONGEST_QUESTION ? text.length : 0;
    changed();
    return !tooLong && helper.ask(text);
  }, "magpie.draft bot");
  for (const chip of document.querySelectorAll(".chip")) chip.addEventListener("click", () => helper.ask(chip.textContent));
}

function render() {
  renderLink(state.link);
  if (talk) renderChat(state.chat);
  if (helper) renderBot(state.bot);
}

function renderLink(link) {
  $("light").dataset.status = link.status;
  say($("status"), t(`link.status.${link.status}`));
  say($("transport"), link.transport || "–");
  say($("round-trip"), link.roundTrip === null ? "–" : t("link.milliseconds", { n: link.roundTrip }));
  say($("reconnects"), String(link.reconnects));
  const why = link.limit ? limited(link.limit) : link.reason && t("link.reason", { reason: link.reason });
  say($("reason"), why);
  $("reason").hidden = !why;
  $("reopen").hidden = link.status !== "closed";
  const broken = link.status === "closed" || link.status === "silent" || link.attempts > 0 || (link.reason && link.status !== "open");
  $("offline").hidden = !broken;
  say($("offline"), broken ? trouble(link) : "");
}

/** A limit of the server, in the page's words: its name is that of a setting, such as `address.events_per_second`. */
function limited({ what, limit }) {
  const [resource, scope = "socket"] = what.split(".").reverse();
  const name = resource.replace(/^max_/, "");
  return knows(`limit.${name}`) ? t(`limit.${name}`, { n: limit, whose: t(`limit.of.${scope}`) }) : t("limit.other", { what, n: limit });
}

function trouble(link) {
  if (link.status === "silent") return t("link.silent");
  return link.status === "closed" ? t("link.lost") : t("link.retrying", { n: Math.max(1, link.attempts) });
}

function renderChat(chat) {
  reader.around(() => showMessages(chat.messages));
  chat.readingBack = !reader.atEnd;
  if (!reader.atEnd) reader.unread += chat.messages.filter(message => message.seq > shownSeq && !message.system && !message.mine).length;
  shownSeq = chat.seq;
  $("newer").hidden = !reader.unread;
  say($("newer"), t("chat.newer", { n: reader.unread }));
  $("log-empty").hidden = chat.messages.length > 0;
  say($("here-count"), chat.joined ? t("chat.here", { n: chat.count }) : "");
  say($("here"), chat.joined ? chat.members.join(language === "en" ? ", " : "、") : "");
  say($("typing"), [...chat.typing.keys()].slice(0, 3).map(name => t("chat.typing", { name })).join(" "));
  if (document.activeElement !== $("nick")) $("nick").value = chat.wish ?? chat.name;
  const long = $("text").value.length;
  const notice = chat.notice ?? (long > LONGEST ? { key: "chat.tooLong", n: long, most: LONGEST } : null);
  $("notice").hidden = !notice;
  say($("notice"), notice ? t(notice.key, { ...notice, reason: reason(notice) }) : "");
}

/** A refusal in the page's words; what it has none for, as the server says it. */
function reason({ code, message }) {
  return knows(`refusal.${code}`) ? t(`refusal.${code}`) : message || code;
}

function renderBot(bot) {
  showAnswers(bot.entries);
  $("bot-notice").hidden = !tooLong;
  say($("bot-notice"), tooLong ? t("chat.tooLong", { n: tooLong, most: LONGEST_QUESTION }) : "");
  const last = bot.entries.map(entry => `${entry.key}${entry.thinking}`).at(-1);
  // The question and the answer's first line in view; a long answer is read from its beginning.
  if (last !== shownAnswers) $("answers").scrollTop = bot.entries.length > 1 ? $("answers").children[bot.entries.length - 2].offsetTop - 8 : 0;
  shownAnswers = last;
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

function showLine(element, { system, names }) {
  const [name] = names;
  say(element, t(names.size > 1 ? `${system}Many` : system, { name, n: names.size }));
}

/** @param tag of what is said: an answer has blocks of its own */
function bubble(tag) {
  const element = document.createElement("div");
  const header = document.createElement("header");
  const text = document.createElement(tag);
  element.className = "message";
  text.className = "said";
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
  element.dataset.hue = hue(message.author ?? message.from);
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

/** The same for all that one author says; the name says it too. */
function hue(author) {
  let sum = 0;
  for (const character of String(author)) sum = (sum * 31 + character.codePointAt(0)) % 65_521;
  return sum % HUES;
}

function showDelivery(footer, message) {
  const label = { sending: t("chat.sending"), failed: t("chat.failed") }[message.status] ?? (message.edited && !message.deleted ? t("chat.edited") : "");
  const why = message.status === "failed" ? t("chat.refused", { reason: reason(message.refusal) }) : "";
  if (footer.dataset.label === label + why) return;
  footer.dataset.label = label + why;
  if (!why) {
    footer.replaceChildren(label);
    return;
  }
  const retry = button(label, () => talk.retry(message.cid));
  retry.className = "";
  footer.replaceChildren(why, " ", retry);
}

function showAnswer(element, entry) {
  const [header, text, footer] = element.children;
  element.classList.toggle("mine", entry.from === "you");
  say(header.firstChild, t(entry.from === "you" ? "bot.you" : "bot.name"));
  if (entry.from === "bot" && entry.text) write(text, entry.text);
  else {
    text.markdown = undefined;
    say(text, entry.words ? t(entry.words) : entry.text);
  }
  text.lang = languageOf(text.textContent);
  showOffers(footer, entry);
}

/** What can be said to an answer: which suggestion was meant, whether it helped, that a person is wanted, that it is to be asked again. */
function showOffers(footer, entry) {
  const offers = JSON.stringify([language, entry.choices, entry.article, entry.person, entry.rated, entry.failed]);
  if (footer.dataset.offers === offers) return;
  footer.dataset.offers = offers;
  footer.className = "choices";
  const shown = (entry.choices ?? []).map(article => button(String(article.title), () => helper.choose(entry, article)));
  if (entry.person) shown.push(button(t("bot.person"), helper.person));
  if (entry.failed) shown.push(button(t("bot.again"), () => helper.again(entry)));
  if (entry.article && entry.rated === "done") shown.push(t("bot.rated"));
  else if (entry.article) shown.push(ratings(entry));
  footer.replaceChildren(...shown);
}

function ratings(entry) {
  const row = document.createElement("div");
  row.className = "ratings";
  row.append(t("bot.helpful"), rating(entry, true), rating(entry, false));
  return row;
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
