// What a page can see of its Socket.IO connection.

// Longer than a slow database, shorter than patience.
const ANSWER_WITHIN = 10_000;
// A connection that has answered nothing for so long may be half open: the browser does not know it yet.
const SILENT_AFTER = 12_000;

export const newLink = () => ({ status: "connecting", transport: "", roundTrip: null, attempts: 0, reconnects: 0, reason: "" });

// Since when the page waits for an answer, whatever it was asked; all its namespaces share one connection.
let waitingSince = null;
let timer;
let silent = () => {};

/** Keeps `link` true to the socket and calls `changed` after each change. */
export function observe(socket, link, changed) {
  const manager = socket.io;
  const note = facts => {
    Object.assign(link, facts);
    changed();
  };
  // `active` says whether the client will try again by itself.
  const lost = reason => {
    answered();
    note({ status: socket.active ? "connecting" : "closed", transport: "", roundTrip: null, reason });
  };
  silent = () => link.status === "open" && note({ status: "silent", roundTrip: null });

  socket.on("connect", () => {
    answered();
    note({ status: "open", transport: manager.engine.transport.name, attempts: 0, reason: "" });
  });
  socket.on("disconnect", lost);
  socket.on("connect_error", error => lost(error.message));
  manager.on("open", () => manager.engine.on("upgrade", transport => note({ transport: transport.name })));
  manager.on("reconnect_attempt", attempts => note({ attempts }));
  manager.on("reconnect", () => note({ reconnects: link.reconnects + 1 }));
  // Whatever comes from the server is a sign of life.
  manager.on("packet", () => {
    answered();
    if (link.status === "silent") note({ status: "open" });
  });
}

/** Asks and resolves to the acknowledgement; fails when none comes in time. */
export async function request(socket, event, body) {
  asked();
  const answer = await socket.timeout(ANSWER_WITHIN).emitWithAck(event, body);
  answered();
  return answer;
}

/** The same, noting how long the way there and back took: for requests that cost the server next to nothing. */
export async function measuredRequest(socket, link, event, body) {
  const began = performance.now();
  const answer = await request(socket, event, body);
  link.roundTrip = Math.max(1, Math.round(performance.now() - began));
  return answer;
}

function asked() {
  if (waitingSince !== null) return;
  waitingSince = performance.now();
  clearTimeout(timer);
  timer = setTimeout(() => waitingSince !== null && silent(), SILENT_AFTER);
}

function answered() {
  waitingSince = null;
  clearTimeout(timer);
}
