// The page's language: flat JSON dictionaries, and elements that name their key (data-i18n, data-i18n-attr="attribute:key;…").

import { local } from "./storage.js";

const LANGUAGES = { "zh-CN": "中文", en: "English" };
const SAVED = "magpie.language";
const listeners = new Set();
const { base, words: firstWords, show: showPage } = window.magpiePage;
let words = {};

/** As first.js has chosen it. */
export let language = document.documentElement.lang;

/** The words for a key, with {name} filled in. A key that is missing shows itself, so that it is seen and mended. */
export function t(key, values = {}) {
  return (words[key] ?? key).replace(/\{(\w+)\}/g, (whole, name) => show(values[name] ?? whole));
}

/** Whether there are words for this key; codes of the server may be newer than the page. */
export const knows = key => key in words;

const show = value => (typeof value === "number" ? new Intl.NumberFormat(language).format(value) : value);

export const time = at => new Intl.DateTimeFormat(language, { hour: "2-digit", minute: "2-digit" }).format(at);

/** For a message's lang attribute, so that a screen reader picks the right voice. */
export const languageOf = text => (/\p{Script=Han}/u.test(text) ? "zh-CN" : "en");

/** `changed` runs now, and after each change of language. */
export async function speak(changed = () => {}) {
  await ready;
  listeners.add(changed);
  changed();
}

for (const place of document.querySelectorAll("[data-languages]")) place.replaceChildren(...Object.keys(LANGUAGES).map(switchTo));
// This module stands in each page before its own script, so that the words do not wait for that one's imports.
const ready = use(language, firstWords).finally(showPage);
ready.catch(() => {});

function switchTo(tag) {
  const button = document.createElement("button");
  button.type = "button";
  button.lang = tag;
  button.textContent = LANGUAGES[tag];
  button.dataset.language = tag;
  button.addEventListener("click", () => {
    language = tag;
    local.set(SAVED, tag);
    use(tag, fetch(new URL(`i18n/${tag}.json`, base)).then(answer => answer.json()));
  });
  return button;
}

async function use(tag, loading) {
  const loaded = await loading;
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
  const heading = document.querySelector("title").dataset.heading;
  document.title = heading ? `${t(heading)} · ${t("brand")}` : t("brand");
  for (const button of document.querySelectorAll("[data-language]")) button.setAttribute("aria-pressed", String(button.dataset.language === language));
}
