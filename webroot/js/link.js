// What a page can see of its Socket.IO connection.

// Longer than a slow database, shorter than patience.
const ANSWER_WITHIN = 10_000;
// A connection that has answered nothing for so long may be half open: the browser does not know it yet.
const SILENT_AFTER = 12_000;

export const newLink = () => ({ status: "connecting", transport: "", roundTrip: null, attempts: 0, reconnects: 0, reason: "", limit: null });

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
  const lost = (reason, limit = link.limit) => {
    answered();
    note({ status: socket.active ? "connecting" : "closed", transport: "", roundTrip: null, reason, limit });
  };
  let limitTimer;
  // After a refusal or a cut it is shown until the page is connected again; a warning until it is over.
  const warned = limit => {
    clearTimeout(limitTimer);
    note({ limit });
    limitTimer = setTimeout(() => link.status === "open" && note({ limit: null }), Math.min(60_000, Math.max(5_000, limit.until - Date.now())));
  };
  silent = () => link.status === "open" && note({ status: "silent", roundTrip: null });

  socket.on("connect", () => {
    answered();
    note({ status: "open", transport: manager.engine.transport.name, attempts: 0, reason: "", limit: null });
  });
  socket.on("sys:limit", warned);
  // The close frame's reason says more than "transport close".
  socket.on("disconnect", (reason, details) => lost(details?.context?.reason || reason));
  socket.on("connect_error", error => {
    const refusal = refusalIn(error);
    lost(refusal?.message ?? error.message, refusal?.what ? refusal : null);
  });
  manager.on("open", () => manager.engine.on("upgrade", transport => note({ transport: transport.name })));
  manager.on("reconnect_attempt", attempts => note({ attempts }));
  manager.on("reconnect", () => note({ reconnects: link.reconnects + 1 }));
  // Whatever comes from the server is a sign of life.
  manager.on("packet", () => {
    answered();
    if (link.status === "silent") note({ status: "open" });
  });
}

/** Why a namespace, or the server before it, has refused the connection; null where it does not say. */
function refusalIn(error) {
  if (error.data?.what) return { message: error.message, ...error.data };
  try {
    return JSON.parse(error.context.responseText);
  } catch {
    return null;
  }
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
