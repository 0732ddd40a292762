// The official client, as a test drives it: one JSON command a line on stdin, one JSON line on stdout for each thing that a client sees.
//
//   {"op":"open","id":"a","url":"http://127.0.0.1:8000/chat","options":{…}}   a client; "session": {"pid","offset"} copies another;
//                              its option "parser" is the name of a module
//   {"op":"emit","id":"a","event":"join","args":[…],"key":1}                 → {"id":"a","key":1,"ack":[…]} once it is acknowledged
//   {"op":"cut","id":"a"}        its connection breaks; it comes back by itself
//   {"op":"leave","id":"a"}      its connection breaks, and it stays away until {"op":"return","id":"a","url"?}
//   {"op":"depart","id":"a"}     it says goodbye and stays away
//   {"op":"abandon","id":"a"}    it comes back by another connection while the old one stays open
//   {"op":"expire","id":"a"}     it finds, when it sends next, that no ping has come in time
//   {"op":"forget","id":"a","pid","offset"}   it believes this of its session
//   {"op":"session","id":"a"}    → {"id":"a","session":{"pid","offset"}}
//   {"op":"webSocket","id":"a"}  → {"id":"a","event":"webSocket"} once its messages go over one
//
// Seen without being asked: connect {recovered, sid, pid}, disconnect {reason}, each event of the server, connect_error {message}.

import { createRequire } from "node:module";
import { createInterface } from "node:readline";
import { Agent } from "node:http";

const require = createRequire(import.meta.url);
const { Manager } = require("socket.io-client");
const clients = new Map();
const say = line => console.log(JSON.stringify(line));

// Whatever becomes of the test, the process ends.
setTimeout(() => process.exit(3), 240_000).unref();
process.on("unhandledRejection", reason => say({ failed: String(reason) }));

function open({ id, url, options = {}, session }) {
  const address = new URL(url);
  const { auth, retries, ackTimeout, from, parser, ...rest } = options;
  // The address of this machine that its connections come from.
  if (from) rest.agent = new Agent({ localAddress: from });
  if (parser) rest.parser = require(parser);
  const manager = new Manager(address.origin, {
    reconnectionDelay: 50, reconnectionDelayMax: 100, randomizationFactor: 0, transports: ["websocket"], autoConnect: false,
    retries, ackTimeout, ...rest,
  });
  add(id, manager, address.pathname, { auth, retries, ackTimeout }, session);
}

function add(id, manager, namespace, options, session) {
  // Retries are numbers in JSON; -1 is for ever.
  const own = { ...options, auth: { recovery: true, ...options.auth }, retries: options.retries === -1 ? Infinity : options.retries };
  for (const key of Object.keys(own)) if (own[key] === undefined) delete own[key];
  const socket = manager.socket(namespace, own);
  clients.set(id, { socket, manager });
  if (session) {
    socket._pid = session.pid;
    socket._lastOffset = session.offset;
  }
  socket.on("connect", () => say({ id, event: "connect", recovered: socket.recovered, sid: socket.id, pid: socket._pid ?? null }));
  socket.on("disconnect", reason => say({ id, event: "disconnect", reason }));
  socket.on("connect_error", error => say({ id, event: "connect_error", message: String(error.message) }));
  socket.onAny((event, ...args) => say({ id, event, args }));
  socket.connect();
}

const commands = {
  open,
  /** Another namespace on the connection of a client. */
  share: ({ id, of, namespace, options = {} }) => add(id, clients.get(of).manager, namespace, options),
  emit({ id, event, args = [], key }) {
    const { socket } = clients.get(id);
    if (key === undefined) socket.emit(event, ...args);
    // With retries the callback hears of an error first; without, of nothing but the answer.
    else socket.emit(event, ...args, (...answer) =>
      say({ id, key, ack: socket._opts.retries || socket._opts.ackTimeout ? answer.slice(1) : answer }));
  },
  cut: ({ id }) => clients.get(id).manager.engine.transport.ws.terminate(),
  leave({ id }) {
    clients.get(id).manager.reconnection(false);
    clients.get(id).manager.engine.transport.ws.terminate();
  },
  return({ id, url }) {
    const { socket, manager } = clients.get(id);
    if (url) manager.uri = new URL(url).origin;
    manager.reconnection(true);
    socket.connect();
  },
  abandon({ id }) {
    const { manager } = clients.get(id);
    // The old engine goes on answering pings: to the server it is as alive as ever.
    manager.engine.close = () => {};
    manager.onclose("transport error");
  },
  expire({ id }) {
    clients.get(id).manager.engine._pingTimeoutTime = 1;
  },
  forget({ id, pid, offset }) {
    const { socket } = clients.get(id);
    if (pid !== undefined) socket._pid = pid;
    if (offset !== undefined) socket._lastOffset = offset;
  },
  session: ({ id }) =>
    say({ id, session: { pid: clients.get(id).socket._pid ?? null, offset: clients.get(id).socket._lastOffset ?? null } }),
  webSocket({ id }) {
    const { engine } = clients.get(id).manager;
    const there = () => say({ id, event: "webSocket" });
    if (engine.transport.name === "websocket") there();
    else engine.once("upgrade", there);
  },
  depart: ({ id }) => clients.get(id).socket.disconnect(),
  end: () => process.exit(0),
};

createInterface({ input: process.stdin }).on("line", line => {
  const command = JSON.parse(line);
  commands[command.op](command);
}).on("close", () => process.exit(0));
say({ ready: true });
