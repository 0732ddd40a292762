// Echo and broadcast: `to-server` there, `to-client` back.

import { t } from "../../js/i18n.js";
import { path } from "../../js/place.js";
import { begin, light, pane } from "./pane.js";

await begin("tutorial-node", "node");
["A", "B"].forEach(open);

function open(name) {
  const window = pane(document.getElementById("panes"), () => t("examples.window", { name }));
  const socket = io({ path, forceNew: true });
  light(socket, window);
  socket.on("to-client", data => window.received("to-client", data));
  window.button("node.send", () => {
    socket.emit("to-server", "我是客户端的数据");
    window.sent("to-server", "我是客户端的数据");
  });
}
