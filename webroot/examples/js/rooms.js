// Several rooms: the room stands in the query; `addCart` reaches the others in it.

import { t } from "../../js/i18n.js";
import { path } from "../../js/place.js";
import { begin, light, pane } from "./pane.js";

await begin("tutorial-rooms", "rooms");
// Two windows in room 1, so that one of them has somebody to tell.
[["A", "1"], ["B", "1"], ["C", "2"], ["D", null]].forEach(([name, room]) => open(name, room));

function open(name, room) {
  const where = () => (room ? t("rooms.room", { room }) : t("rooms.none"));
  const window = pane(document.getElementById("panes"), () => `${t("examples.window", { name })} · ${where()}`);
  const socket = io({ path, forceNew: true, query: room ? { roomid: room } : {} });
  light(socket, window);
  socket.on("addCart", data => window.received("addCart", data));
  window.button("rooms.add", () => {
    socket.emit("addCart", "addCart");
    window.sent("addCart", "addCart");
  });
}
