// Shows of a page what its listener serves. An element says what it needs: data-needs="application"; a link to a page that is served
// elsewhere leads there, and a page that is opened where it is not served says so instead of showing controls that do nothing.

import { t } from "./i18n.js";
import { elsewhere, serves } from "./place.js";

/** Hides what is not served here, except links that lead where it is. */
export function showServed() {
  for (const element of document.querySelectorAll("[data-needs]")) {
    const application = element.dataset.needs;
    if (serves(application)) continue;
    const link = element.querySelector("a[href]");
    const there = link && elsewhere(application, link.getAttribute("href").startsWith("../") ? link.getAttribute("href").slice(3) : `examples/${link.getAttribute("href")}`);
    if (there) link.href = there;
    else element.hidden = true;
  }
}

/** For a page of one application: whether it works here. If not, it says so and where it does. */
export function worksHere(application, page, place) {
  if (serves(application)) return true;
  const notice = document.createElement("div");
  const there = elsewhere(application, page);
  notice.className = "notice";
  notice.setAttribute("role", "status");
  const words = document.createElement("p");
  words.dataset.i18n = there ? "served.elsewhere" : "served.nowhere";
  words.textContent = t(words.dataset.i18n);
  notice.append(words);
  if (there) {
    const link = document.createElement("a");
    link.href = there;
    link.textContent = there;
    notice.append(link);
  }
  place.replaceChildren(notice);
  return false;
}
