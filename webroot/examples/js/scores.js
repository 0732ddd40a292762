// A score board: the server retains each match's score, so who comes late has it too. Over Socket.IO.

import { speak, t } from "../../js/i18n.js";
import { path } from "../../js/place.js";
import { presence, state } from "../../js/room.js";
import { begin, light, pane } from "./pane.js";

const ROOM = "scores";
const MATCHES = ["1", "2", "3"];
const SIDES = ["home", "away"];

await begin("example-scores", "scores");
const $ = id => document.getElementById(id);
const window = pane($("scores"), () => t("examples.window", { name: "A" }));
// Keys and versions stand behind the arguments only where they are asked for.
const socket = io("/scores", { path, auth: { state: true } });
const board = state(socket, ROOM);
const here = presence(socket, ROOM);
const matches = new Map(MATCHES.map(match => [match, row(match)]));

light(socket, window);
socket.on("score", score => window.received("score", score));
board.changed(draw);
here.changed(() => ($("watching").textContent = String(here.count)));
await speak(draw);

function row(match) {
  const item = $("board").appendChild(document.createElement("li"));
  const title = item.appendChild(document.createElement("h3"));
  const goals = Object.fromEntries(SIDES.map(side => [side, button("", () => ask("goal", { match, side }))]));
  const score = document.createElement("output");
  const reset = button("quiet", () => ask("reset", { match }));
  item.append(reset, goals.home, score, goals.away);
  return { title, goals, score, reset };
}

function button(className, press) {
  const made = document.createElement("button");
  made.type = "button";
  made.className = className;
  made.addEventListener("click", press);
  return made;
}

async function ask(event, request) {
  window.sent(event, request);
  const answer = await socket.timeout(10_000).emitWithAck(event, request).catch(error => ({ error: error.message }));
  if (answer.error) window.received("×", t("scores.refused", { reason: answer.error }));
}

function draw() {
  for (const [match, { title, goals, score, reset }] of matches) {
    const [home, away] = SIDES.map(side => t(`scores.${match}.${side}`));
    const now = board.get(match);
    title.textContent = t("scores.match", { home, away });
    score.textContent = now ? `${now.home} : ${now.away}` : t("scores.none");
    score.className = now ? "" : "none";
    goals.home.textContent = `+1 ${home}`;
    goals.home.setAttribute("aria-label", t("scores.goal", { team: home }));
    goals.away.textContent = `+1 ${away}`;
    goals.away.setAttribute("aria-label", t("scores.goal", { team: away }));
    reset.textContent = t("scores.reset");
    reset.setAttribute("aria-label", t("scores.resetOf", { match: title.textContent }));
    reset.disabled = !now;
  }
}
