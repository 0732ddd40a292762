// The plain client: written while offline, sent after the reconnect, once.

import { t } from "/js/i18n.js";
import { Magpie } from "/js/magpie.js";
import { pane, ready } from "./pane.js";

await ready;
const $ = id => document.getElementById(id);
const room = new URLSearchParams(location.search).get("room") || "lobby";
const name = t("chat.guest", { n: 100 + Math.floor(Math.random() * 900) });
const window = pane($("reliable"), () => t("chat.room") + " " + room);
const magpie = new Magpie("/ws?ns=/chat");

magpie.on("$state", state => {
  window.status(state);
  show();
});
magpie.on("$open", () => {
  magpie.request("join", { room, name }).then(show, show);
  show();
});
magpie.on("$outbox", show);
magpie.on("message", message => {
  if (message.room !== room) return;
  window.received(message.from, message.text);
  show();
});

window.ask("websocket.input", "reliable.send", text => {
  magpie.deliver("message", { room, text }).catch(refusal => window.received("×", t("reliable.refused", { reason: refusal.message })));
  window.sent("message", text);
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
