// The browser's own WebSocket: text, a heartbeat that works, binary with its progress.

import { t } from "../../js/i18n.js";
import { socketAddress } from "../../js/place.js";
import { pane, ready } from "./pane.js";

const GREETING = "立即与服务器通信";
const BEAT_EVERY = 10_000;
const BEAT_WITHIN = 20_000;
const FIRST_WAIT = 500;
const LONGEST_WAIT = 30_000;
const STATES = ["connecting", "open", "closing", "closed"];

await ready;
const $ = id => document.getElementById(id);
const window = pane($("text"), () => t("websocket.text"));
const state = { wanted: true, tries: 0, beats: 0, beatAt: 0, heardAt: 0, sent: null };
let ws;
connect();

function connect() {
  state.wanted = true;
  ws = new WebSocket(socketAddress("ws?echo=true"));
  ws.binaryType = "arraybuffer";
  ws.addEventListener("open", () => {
    state.tries = 0;
    state.heardAt = performance.now();
    say(GREETING);
  });
  ws.addEventListener("message", event => receive(event.data));
  ws.addEventListener("close", () => {
    if (state.wanted) setTimeout(connect, wait());
  });
  for (const change of ["open", "close"]) ws.addEventListener(change, showState);
  showState();
}

/** Twice as long after each failure, and not all clients at the same moment. */
function wait() {
  return Math.min(LONGEST_WAIT, FIRST_WAIT * 2 ** state.tries++) * (0.5 + Math.random() / 2);
}

function say(text) {
  if (ws.readyState !== WebSocket.OPEN) return false;
  ws.send(text);
  window.sent("text", text);
  return true;
}

function receive(data) {
  state.heardAt = performance.now();
  if (data === "pong") beaten();
  else if (typeof data === "string") window.received("text", data);
  else returned(data);
}

function showState() {
  window.status(state.wanted && ws.readyState === WebSocket.CLOSED ? "connecting" : STATES[ws.readyState]);
}

// Text.
window.ask("websocket.input", "websocket.send", say);
window.button("websocket.close", () => {
  state.wanted = false;
  ws.close(1000);
  showState();
});
window.button("websocket.openAgain", () => {
  if (ws.readyState === WebSocket.CLOSED) connect();
});

// Heartbeat. Whatever is heard counts as life; only then does silence mean death.
$("beat").addEventListener("click", beat);
setInterval(() => {
  if (ws.readyState === WebSocket.OPEN && performance.now() - state.heardAt > BEAT_WITHIN) ws.close();
  else beat();
}, BEAT_EVERY);

function beat() {
  if (ws.readyState !== WebSocket.OPEN) return;
  state.beatAt = performance.now();
  ws.send("ping");
}

function beaten() {
  $("beats").textContent = String(++state.beats);
  $("last-beat").textContent = t("link.milliseconds", { n: Math.max(1, Math.round(performance.now() - state.beatAt)) });
}

// Binary.
$("picture").addEventListener("click", () => upload(filled(400 * 320 * 4)));
$("large").addEventListener("click", () => upload(filled(10_000_000)));
$("file").addEventListener("change", async () => {
  const [file] = $("file").files;
  if (file) upload(new Uint8Array(await file.arrayBuffer()));
});

function filled(length) {
  return Uint8Array.from({ length }, (_, i) => (i * 31) & 255);
}

function upload(bytes) {
  if (ws.readyState !== WebSocket.OPEN) return;
  state.sent = { bytes, at: performance.now() };
  $("returned").textContent = "";
  ws.send(bytes);
  followProgress(bytes.length);
}

function followProgress(total) {
  const sent = Math.max(0, total - ws.bufferedAmount);
  $("progress").max = total;
  $("progress").value = sent;
  $("uploaded").textContent = t("websocket.uploaded", { sent, total });
  if (ws.bufferedAmount > 0 && ws.readyState === WebSocket.OPEN) setTimeout(() => followProgress(total), 50);
}

function returned(buffer) {
  const bytes = new Uint8Array(buffer);
  const same = state.sent?.bytes.length === bytes.length && bytes.every((byte, i) => byte === state.sent.bytes[i]);
  const ms = Math.round(performance.now() - (state.sent?.at ?? 0));
  $("returned").textContent = t(same ? "websocket.same" : "websocket.differs", { n: bytes.length, ms });
}
