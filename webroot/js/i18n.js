// The page's language: flat JSON dictionaries, and elements that name their key (data-i18n, data-i18n-attr="attribute:key;…").

import { local } from "./storage.js";

const LANGUAGES = { "zh-CN": "中文", en: "English" };
const SAVED = "magpie.language";
const listeners = new Set();
let words = {};

export let language = choose();

/** Saved, then what the browser asks for, then Chinese. */
function choose() {
  const wanted = [local.get(SAVED), ...(navigator.languages ?? [])].filter(Boolean);
  for (const tag of wanted) {
    const found = Object.keys(LANGUAGES).find(known => known.split("-")[0] === tag.split("-")[0].toLowerCase());
    if (found) return found;
  }
  return "zh-CN";
}

/** The words for a key, with {name} filled in. A key that is missing shows itself, so that it is seen and mended. */
export function t(key, values = {}) {
  return (words[key] ?? key).replace(/\{(\w+)\}/g, (whole, name) => show(values[name] ?? whole));
}

const show = value => (typeof value === "number" ? new Intl.NumberFormat(language).format(value) : value);

export const time = at => new Intl.DateTimeFormat(language, { hour: "2-digit", minute: "2-digit" }).format(at);

/** For a message's lang attribute, so that a screen reader picks the right voice. */
export const languageOf = text => (/\p{Script=Han}/u.test(text) ? "zh-CN" : "en");

/** Loads the words, writes them into the page, offers the switch; `changed` runs after each change of language. */
export async function speak(changed = () => {}) {
  listeners.add(changed);
  for (const place of document.querySelectorAll("[data-languages]")) place.replaceChildren(...Object.keys(LANGUAGES).map(switchTo));
  await load();
}

function switchTo(tag) {
  const button = document.createElement("button");
  button.type = "button";
  button.lang = tag;
  button.textContent = LANGUAGES[tag];
  button.dataset.language = tag;
  button.addEventListener("click", () => {
    language = tag;
    local.set(SAVED, tag);
    load();
  });
  return button;
}

async function load() {
  const tag = language;
  const loaded = await (await fetch(`/i18n/${tag}.json`)).json();
  if (tag !== language) return;
  words = loaded;
  write();
  listeners.forEach(changed => changed());
}

function write() {
  document.documentElement.lang = language;
  for (const element of document.querySelectorAll("[data-i18n]")) element.textContent = t(element.dataset.i18n);
  for (const element of document.querySelectorAll("[data-i18n-attr]")) {
    for (const pair of element.dataset.i18nAttr.split(";")) {
      const [attribute, key] = pair.split(":");
      element.setAttribute(attribute, t(key));
    }
  }
  for (const button of document.querySelectorAll("[data-language]")) button.setAttribute("aria-pressed", String(button.dataset.language === language));
}
