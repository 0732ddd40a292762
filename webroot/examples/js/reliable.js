// The plain client: written while offline, sent after the reconnect, once.

import { t } from "../../js/i18n.js";
import { enter as enterAs, identity, nameHere, wishes } from "../../js/identity.js";
import { Magpie } from "../../js/magpie.js";
import { newId } from "../../js/outbox.js";
import { address } from "../../js/place.js";
import { begin, pane } from "./pane.js";

await begin("chat", "reliable");
const $ = id => document.getElementById(id);
const room = new URLSearchParams(location.search).get("room") || "lobby";
const name = nameHere() ?? t("chat.guest", { n: String(100_000 + Math.floor(Math.random() * 900_000)) });
const window = pane($("reliable"), () => t("chat.room") + " " + room);
const magpie = new Magpie(address("ws?ns=/chat"), { auth: identity });

// By cid, the marks of what is not confirmed yet: after a reload, too.
const marks = new Map(magpie.unsent.map(({ event, body }) => [body.cid, window.sent(event, body.text)]));
for (const mark of marks.values()) mark(t("reliable.unsent"));

// The last message seen. History is read where a connection began anew, and what is heard meanwhile waits for it.
let last = 0;
let reading = true;
let early = [];

magpie.on("$state", state => {
  window.status(state);
  show();
});
magpie.on("$open", ({ recovered }) => enter(recovered).then(show, () => {}));
magpie.on("$outbox", show);
magpie.on("message", message => {
  if (message.room !== room) return;
  if (reading) early.push(message);
  else take(message);
  show();
});

/** Fails when the connection goes; the next one enters again. */
async function enter(recovered) {
  reading ||= !recovered;
  const joined = await enterAs((event, body) => magpie.request(event, body), room, wishes(name));
  if (!reading) return;
  const missed = [];
  for (let after = last || joined.seq, more = true; more; after = missed.at(-1)?.seq ?? after) {
    const page = await magpie.request("history", { room, after });
    missed.push(...(page.messages ?? []));
    more = page.more === true;
  }
  reading = false;
  const waiting = early;
  early = [];
  [...missed, ...waiting].sort((a, b) => a.seq - b.seq).forEach(take);
}

function take(message) {
  // The history is ahead of what is heard.
  if (message.seq <= last) return;
  last = message.seq;
  confirmed(message.cid);
  window.received(message.from, message.text);
}

function confirmed(cid) {
  marks.get(cid)?.("");
  marks.delete(cid);
}

window.ask("websocket.input", "reliable.send", text => {
  const cid = newId();
  const mark = window.sent("message", text);
  marks.set(cid, mark);
  mark(t("reliable.unsent"));
  magpie.deliver("message", { room, cid, text }).then(
    () => confirmed(cid),
    refusal => {
      confirmed(cid);
      window.received("×", t("reliable.refused", { reason: refusal.message }));
    },
  );
  return true;
});
$("cut").addEventListener("click", () => magpie.close());
$("join").addEventListener("click", () => magpie.open());
show();

function show() {
  $("waiting").textContent = String(magpie.waiting);
  $("offset").textContent = magpie.offset ?? "–";
  $("recovered").textContent = t(magpie.recovered ? "reliable.yes" : "reliable.no");
}
