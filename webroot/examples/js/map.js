// A live map: each window is a bird whose position the server retains for a minute. Over magpie.v1, the map drawn in SVG.

import { speak, t } from "../../js/i18n.js";
import { Magpie, state } from "../../js/magpie.js";
import { address } from "../../js/place.js";
import { begin, pane } from "./pane.js";

const SVG = "http://www.w3.org/2000/svg";
const WIDTH = 1_000;
const HEIGHT = 600;
const STEP = 20;
const STEPS = { ArrowLeft: [-STEP, 0], ArrowRight: [STEP, 0], ArrowUp: [0, -STEP], ArrowDown: [0, STEP] };
// A drag makes more positions than anybody sees.
const SEND_EVERY = 100;
// The server forgets a bird that is silent for a minute.
const SAY_AGAIN = 25_000;
const HUES = 8;
const SHAPES = [
  ["body", "M-46 12 L-16 -2 C-8 -14 8 -18 16 -12 L30 -10 L20 -4 C16 10 -4 14 -18 7 Z"],
  ["wing", "M-14 2 C-8 -8 4 -8 8 -2 C2 6 -8 6 -14 2 Z"],
];

await begin("example-map", "map");
const $ = id => document.getElementById(id);
const window = pane($("traffic"), () => t("examples.traffic"));
const magpie = new Magpie(address("ws?ns=/map"));
const positions = state(magpie, "map");
const birds = new Map();
const at = { x: random(WIDTH), y: random(HEIGHT) };
let me = null;
let timer = null;

magpie.on("$state", now => window.status(now));
magpie.on("you", bird => {
  me = bird;
  send();
});
magpie.on("position", position => position.bird === me || window.received("position", position));
positions.changed((bird, position) => {
  if (position) place(bird, position);
  else away(bird);
  figures();
});
setInterval(send, SAY_AGAIN);

$("map").addEventListener("pointerdown", event => {
  $("map").setPointerCapture(event.pointerId);
  fly(event);
});
$("map").addEventListener("pointermove", event => event.buttons && fly(event));
$("map").addEventListener("keydown", event => {
  const step = STEPS[event.key];
  if (!step) return;
  event.preventDefault();
  move(at.x + step[0], at.y + step[1]);
});
await speak(() => {
  birds.forEach(label);
  figures();
});

function fly(event) {
  const box = $("map").querySelector("svg").getBoundingClientRect();
  move(((event.clientX - box.left) / box.width) * WIDTH, ((event.clientY - box.top) / box.height) * HEIGHT);
}

/** One's own bird moves at once, the others hear of it a few times a second. */
function move(x, y) {
  at.x = Math.round(Math.min(WIDTH, Math.max(0, x)));
  at.y = Math.round(Math.min(HEIGHT, Math.max(0, y)));
  if (me) place(me, at);
  figures();
  timer ??= setTimeout(send, SEND_EVERY);
}

function send() {
  clearTimeout(timer);
  timer = null;
  if (me && magpie.emit("move", at)) window.sent("move", { ...at });
}

function place(bird, { x, y }) {
  if (!birds.has(bird)) birds.set(bird, draw(bird));
  // Where the pointer is counts, not where it was when the server heard of it.
  const { x: nowX, y: nowY } = bird === me ? at : { x, y };
  birds.get(bird).setAttribute("transform", `translate(${nowX} ${nowY})`);
}

function draw(bird) {
  const group = $("birds").appendChild(document.createElementNS(SVG, "g"));
  // Body and tail, then the white of the wing.
  for (const [className, shape] of SHAPES) {
    const part = group.appendChild(document.createElementNS(SVG, "path"));
    part.setAttribute("class", className);
    part.setAttribute("d", shape);
  }
  group.appendChild(document.createElementNS(SVG, "text"));
  group.dataset.bird = bird;
  group.dataset.hue = String(parseInt(bird, 16) % HUES);
  group.classList.toggle("me", bird === me);
  label(group, bird);
  return group;
}

function label(group, bird) {
  group.lastChild.textContent = bird === me ? t("map.you") : t("map.bird", { bird: bird.slice(0, 4) });
}

function away(bird) {
  birds.get(bird)?.remove();
  birds.delete(bird);
}

function figures() {
  $("count").textContent = String(birds.size);
  $("at").textContent = `${at.x}, ${at.y}`;
}

function random(most) {
  return Math.round(most * (0.15 + 0.7 * Math.random()));
}
