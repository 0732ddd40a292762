// Who this window is: a name, and the token by which the server knows that it is this one's. A name that was chosen is the browser's, with
// its token: every window and the next start are the same person. Until then each tab is a visitor of its own; a reload keeps it.

import { local, session } from "./storage.js";

const NAME = "magpie.name";
const TOKEN = "magpie.token";
const WISH = "magpie.wish";
// "小红", "小红 2", …: so many are tried when others have them.
const NAMESAKES = 9;
const MOST_NAME = 32;

if (session.get(NAME) === null && local.get(NAME) !== null) remember(local.get(NAME), local.get(TOKEN));

/** The name of this window, or null while it has none. */
export const nameHere = () => session.get(NAME);

/** The name that was chosen in this window and that the server has not answered yet, or null: a reload asks for it again. */
export const wishHere = () => session.get(WISH);

/** `name`: null once it is answered. */
export function wish(name) {
  if (name === null) session.remove(WISH);
  else session.set(WISH, name);
}

export const identity = () => ({ token: session.get(TOKEN) ?? undefined });

/** Of this window. */
export function remember(name, token) {
  session.set(NAME, name);
  if (token) session.set(TOKEN, token);
}

/** Of the browser: what was chosen. */
export function choose(name) {
  const { token } = identity();
  if (token) local.set(TOKEN, token);
  else local.remove(TOKEN);
  // Last: the other windows look at the token when they hear of it.
  local.set(NAME, name);
}

/** Calls this with the name that another window has chosen, where this one is the same person: who is here twice is still one. */
export function onChosen(follow) {
  addEventListener("storage", ({ key }) => {
    // As it is now: both windows may just have chosen.
    const name = local.get(NAME);
    const same = identity().token !== undefined && local.get(TOKEN) === identity().token;
    if (key === NAME && name !== null && name !== nameHere() && same) follow(name);
  });
}

/** Whether another window of this browser has chosen this name: then this one becomes the same person, from its next connection on. */
export function adopt(name) {
  const token = local.get(NAME) === name ? local.get(TOKEN) : null;
  if (token === null || token === session.get(TOKEN)) return false;
  remember(name, token);
  return true;
}

/** The name itself, then what comes near it; at last one that the server makes up. */
export function* wishes(name) {
  yield name;
  for (let n = 2; n <= NAMESAKES; n++) yield `${name.slice(0, MOST_NAME - 2)} ${n}`;
  yield undefined;
}

/** Enters under the first of these names that is nobody else's; `ask` resolves to the server's answer. */
export async function enter(ask, room, names) {
  let answer;
  for (const name of names) {
    answer = await ask("join", { room, name, ...identity() });
    if (answer?.code !== "NAME_TAKEN") break;
  }
  if (answer?.ok) remember(answer.name, answer.token);
  return answer;
}
