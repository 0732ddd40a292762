// The server speaks first: `news`, answered by `my other event`.

import { t } from "../../js/i18n.js";
import { path } from "../../js/place.js";
import { begin, light, pane } from "./pane.js";

await begin("tutorial-express", "express");
const window = pane(document.getElementById("panes"), () => t("express.title"));
const socket = io({ path });
light(socket, window);
socket.on("news", data => {
  window.received("news", data);
  socket.emit("my other event", { my: "data" });
  window.sent("my other event", { my: "data" });
});
window.button("express.again", () => socket.disconnect().connect());
