// What a page can see of its Socket.IO connection.

// Longer than a slow database, shorter than patience.
const ANSWER_WITHIN = 10_000;

export const newLink = () => ({ status: "connecting", transport: "", roundTrip: null, attempts: 0, reconnects: 0, reason: "" });

/** Keeps `link` true to the socket and calls `changed` after each change. */
export function observe(socket, link, changed) {
  const manager = socket.io;
  const note = facts => {
    Object.assign(link, facts);
    changed();
  };
  // `active` says whether the client will try again by itself.
  const lost = reason => note({ status: socket.active ? "connecting" : "closed", transport: "", roundTrip: null, reason });

  socket.on("connect", () => note({ status: "open", transport: manager.engine.transport.name, attempts: 0, reason: "" }));
  socket.on("disconnect", lost);
  socket.on("connect_error", error => lost(error.message));
  manager.on("open", () => manager.engine.on("upgrade", transport => note({ transport: transport.name })));
  manager.on("reconnect_attempt", attempts => note({ attempts }));
  manager.on("reconnect", () => note({ reconnects: link.reconnects + 1 }));
}

/** Asks and resolves to the acknowledgement; fails when none comes in time. */
export function request(socket, event, body) {
  return socket.timeout(ANSWER_WITHIN).emitWithAck(event, body);
}

/** The same, noting how long the way there and back took: for requests that cost the server next to nothing. */
export async function measuredRequest(socket, link, event, body) {
  const began = performance.now();
  const answer = await request(socket, event, body);
  link.roundTrip = Math.max(1, Math.round(performance.now() - began));
  return answer;
}
