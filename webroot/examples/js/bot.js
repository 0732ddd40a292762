// The bot with a menu: a string as `message`, a string back as `servermessage`.

import { t } from "../../js/i18n.js";
import { path } from "../../js/place.js";
import { begin, light, pane } from "./pane.js";

await begin("tutorial-bot", "bot");
const window = pane(document.getElementById("panes"), () => t("bot.page.title"));
const socket = io({ path });
light(socket, window);
socket.on("servermessage", answer => window.received("servermessage", answer));

window.ask("bot.page.input", "bot.page.send", text => {
  socket.emit("message", text);
  window.sent("message", text);
  return true;
});
