// The bot with a menu: a string as `message`, a string back as `servermessage`.

import { t } from "/js/i18n.js";
import { light, pane, ready } from "./pane.js";

await ready;
const window = pane(document.getElementById("panes"), () => t("bot.page.title"));
const socket = io();
light(socket, window);
socket.on("servermessage", answer => window.received("servermessage", answer));

window.ask("bot.page.input", "bot.page.send", text => {
  socket.emit("message", text);
  window.sent("message", text);
  return true;
});
