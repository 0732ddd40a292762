// What to paste into a page or a terminal to reach this server, each with a button that copies it.

import { t } from "./i18n.js";
import { address } from "./place.js";

const CHAT = [
  ["connect.socketio", origin => `<script src="${origin}/socket.io/socket.io.js"></script>
<script>
  const socket = io("${origin}/chat");
  socket.on("message", m =>
    console.log(m.from, m.text));
  socket.emit("join",
    { room: "lobby", name: "me" },
    console.log);
</script>`],
  ["connect.websocket", origin => `const ws = new WebSocket(
  "${origin.replace(/^http/, "ws")}/ws?ns=/chat");
ws.onmessage = e => console.log(e.data);
ws.onopen = () => ws.send(JSON.stringify({
  event: "join",
  args: [{ room: "lobby", name: "me" }],
  ack: 1
}));`],
];

/** Where no chat is served: what every listener answers. */
const PLAIN = [
  ["connect.socketio", origin => `<script src="${origin}/socket.io/socket.io.js"></script>
<script>
  const socket = io("${origin}");
  socket.on("connect", () =>
    console.log(socket.id));
</script>`],
  ["connect.websocket", origin => `const ws = new WebSocket(
  "${origin.replace(/^http/, "ws")}/ws?echo=true");
ws.onmessage = e => console.log(e.data);
ws.onopen = () => ws.send("hello");`],
];

const TERMINAL = ["connect.curl", origin => `# ${t("more.health")}
curl ${origin}/health

# Engine.IO
curl '${origin}/socket.io/?EIO=4&transport=polling'`];

export function showSnippets(place, hasChat) {
  const origin = address("").replace(/\/$/, "");
  place.replaceChildren(...[...(hasChat ? CHAT : PLAIN), TERMINAL].map(([title, text]) => snippet(t(title), text(origin))));
}

function snippet(title, text) {
  const block = document.createElement("article");
  const header = document.createElement("header");
  const heading = document.createElement("h3");
  const copy = document.createElement("button");
  const code = document.createElement("pre");
  block.className = "card snippet";
  heading.textContent = title;
  copy.type = "button";
  copy.className = "quiet";
  copy.textContent = t("connect.copy");
  copy.setAttribute("aria-label", `${t("connect.copy")}: ${title}`);
  code.textContent = text;
  code.tabIndex = 0;
  code.setAttribute("role", "region");
  code.setAttribute("aria-label", title);
  copy.addEventListener("click", async () => {
    const copied = await copyText(code);
    copy.textContent = t(copied ? "connect.copied" : "connect.copyFailed");
    setTimeout(() => (copy.textContent = t("connect.copy")), 2_000);
  });
  header.append(heading, copy);
  block.append(header, code);
  return block;
}

/** The clipboard is for secure origins only; elsewhere the text is selected and copied the old way. */
async function copyText(element) {
  try {
    await navigator.clipboard.writeText(element.textContent);
    return true;
  } catch {
    getSelection().selectAllChildren(element);
    return document.execCommand("copy");
  }
}
