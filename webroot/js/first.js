// Runs before the first paint, so it is no module: the page's language, and what it needs from the server whatever it shows.
(() => {
  const base = new URL("../", document.currentScript.src);
  const page = document.documentElement;
  let saved = null;
  try {
    saved = localStorage.getItem("magpie.language");
  } catch {
    // Storage is blocked: the browser's own wish counts.
  }
  const known = ["zh-CN", "en"];
  const find = tag => known.find(language => language.split("-")[0] === tag.split("-")[0].toLowerCase());
  // Saved, then what the browser asks for, then Chinese.
  page.lang = [saved, ...(navigator.languages ?? [])].filter(Boolean).map(find).find(Boolean) ?? "zh-CN";

  // The pages are written in Chinese: in another language nothing is shown before its words are there, or are known not to come.
  const written = page.lang === "zh-CN";
  if (!written) page.classList.add("unwritten");
  const show = () => page.classList.remove("unwritten");
  setTimeout(show, 5_000);

  const json = path => fetch(new URL(path, base)).then(answer => (answer.ok ? answer.json() : Promise.reject(new Error(`${path}: ${answer.status}`))));
  const words = json(`i18n/${page.lang}.json`);
  const listener = json("listener.json").catch(() => null);
  words.catch(() => {});
  window.magpiePage = { base: base.href, words, listener, show };
})();
