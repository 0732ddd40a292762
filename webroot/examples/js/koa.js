// Several rooms, as the Koa program has them: `addCart` there, `serverEmit` to the others. Page three is in room 1.

import { t } from "../../js/i18n.js";
import { path } from "../../js/place.js";
import { begin, light, pane } from "./pane.js";

await begin("tutorial-koa", "koa");
[[1, "1"], [2, "2"], [3, "1"], [0, null]].forEach(([page, room]) => open(page, room));

function open(page, room) {
  const window = pane(document.getElementById("panes"), () => (room ? t("koa.page", { page, room }) : t("koa.none")));
  const socket = io({ path, forceNew: true, query: room ? { roomid: room } : {} });
  light(socket, window);
  socket.on("serverEmit", data => window.received("serverEmit", data));
  window.button("rooms.add", () => {
    const data = page === 1 ? "addCart" : "我是客户端的数据";
    socket.emit("addCart", data);
    window.sent("addCart", data);
  });
}
