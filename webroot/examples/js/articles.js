// The bot that searches: an object as `message`, the articles found back as `servermessage`.

import { t } from "../../js/i18n.js";
import { path } from "../../js/place.js";
import { begin, light, pane } from "./pane.js";

await begin("tutorial-mongo-bot", "articles");
const window = pane(document.getElementById("panes"), () => t("articles.title"));
const socket = io({ path });
light(socket, window);
socket.on("servermessage", data => {
  if (!Array.isArray(data?.result)) return;
  if (!data.result.length) window.received("servermessage", t("articles.none"));
  for (const article of data.result) window.received("servermessage", article.title);
});

const user = window.field("articles.user", "zhangsan7");
window.ask("articles.input", "articles.send", msg => {
  const question = { username: user.value, msg };
  socket.emit("message", question);
  window.sent("message", question);
  return true;
});
