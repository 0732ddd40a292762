// The official clients against a server, one scenario at a time; prints one JSON line for each fact seen, and ends with exit code 0 when
// the scenario came to its end.
//
//   node interop.mjs URL 4|2|msgpack polling|websocket|upgrade text|binary|acks|records|namespaces|reconnect
//
// The server has the namespaces / and /custom. On connection it emits `auth` with the handshake's auth; `message` is answered by
// `message-back` with the same arguments, `message-with-ack` acknowledged with them; `upload` is parsed as a record, emitted as `record` by
// three ways and acknowledged; after `ask-client` it emits `question` and answers what the client acknowledged as `client-said`.

import { createRequire } from "node:module";

const require = createRequire(import.meta.url);
const [url, client, transport, scenario] = process.argv.slice(2);
const { io } = client === "2" ? { io: require("socket.io-client-v2") } : require("socket.io-client");

// Whatever goes wrong, the process ends.
setTimeout(() => fail("timeout"), 30_000).unref();
process.on("unhandledRejection", (reason) => fail(String(reason)));

const options = {
  transports: transport === "upgrade" ? ["polling", "websocket"] : [transport],
  reconnectionDelay: 100,
  reconnectionDelayMax: 200,
  randomizationFactor: 0,
  forceNew: true,
  auth: { token: "x" },
  ...(client === "msgpack" && { parser: require("socket.io-msgpack-parser") }),
};

function fact(name, value) {
  // Node shows a buffer inside JSON as an object of numbers: hexadecimal reads better.
  const shown = (v) =>
    v instanceof Uint8Array || v instanceof ArrayBuffer
      ? { bytes: Buffer.from(v).toString("hex") }
      : Array.isArray(v)
        ? v.map(shown)
        : v && typeof v === "object"
          ? Object.fromEntries(Object.entries(v).map(([k, w]) => [k, shown(w)]))
          : v;
  console.log(JSON.stringify({ fact: name, value: shown(value) }));
}

function fail(why) {
  fact("failed", why);
  process.exit(1);
}

const once = (emitter, event) => new Promise((resolve) => emitter.once(event, (...args) => resolve(args)));

function watched(socket) {
  // While the server restarts, errors are as they should be. Version 2 says them by `error`.
  if (scenario === "reconnect") return socket;
  socket.on("connect_error", (error) => fail(String(error.message ?? error)));
  socket.on("error", (error) => fail(JSON.stringify(error)));
  return socket;
}

async function connected(path = "") {
  const socket = watched(io(url + path, options));
  const auth = once(socket, "auth");
  await once(socket, "connect");
  fact("auth", (await auth)[0] ?? {});
  await settled(socket);
  fact("transport", socket.io.engine.transport.name);
  return socket;
}

/** An upgrade goes on behind the connection's back; facts are told when it is over. */
async function settled(socket) {
  if (transport === "upgrade" && socket.io.engine.transport.name === "polling") await once(socket.io.engine, "upgrade");
}

async function echoed(socket, ...args) {
  const back = once(socket, "message-back");
  socket.emit("message", ...args);
  fact("message-back", await back);
}

const acknowledged = (socket, ...args) => new Promise((resolve) => socket.emit("message-with-ack", ...args, (...back) => resolve(back)));

const scenarios = {
  async text() {
    const socket = await connected();
    await echoed(socket, 1, "套餐 😀 \u001e", { a: [null, true, 1.5, ""] });
    await echoed(socket);
    // In order, and none twice.
    const numbers = [];
    const all = new Promise((resolve) => socket.on("message-back", (n) => numbers.push(n) === 200 && resolve()));
    for (let n = 0; n < 200; n++) socket.emit("message", n);
    await all;
    fact("in order", numbers.every((n, i) => n === i));
  },

  async binary() {
    const socket = await connected();
    await echoed(socket, Buffer.from([0, 1, 255]));
    await echoed(socket, { file: Buffer.from("a"), list: [1, Buffer.from("bc"), { deep: Buffer.alloc(0) }] }, "end");
    const big = Buffer.alloc(300_000, "0123456789");
    const back = once(socket, "message-back");
    socket.emit("message", big);
    fact("big", big.equals(Buffer.from((await back)[0])));
  },

  async acks() {
    const socket = await connected();
    fact("acknowledged", await acknowledged(socket, 1, "2", { three: [3] }));
    fact("acknowledged", await acknowledged(socket));
    fact("acknowledged", await acknowledged(socket, Buffer.from([1, 2, 3])));
    socket.on("question", (...args) => args.pop()("answer", { n: 42 }, Buffer.from([7])));
    const said = once(socket, "client-said");
    socket.emit("ask-client");
    fact("client-said", await said);
  },

  /** A record is parsed and comes back by three ways, its bytes as attachments. */
  async records() {
    const socket = await connected();
    const heard = new Map();
    const all = new Promise((resolve) => socket.on("record", (way, record) => heard.set(way, record).size === 3 && resolve()));
    const upload = { number: 7, data: Buffer.from([1, 2]), day: "2026-11-27", parts: [{ data: Buffer.from([3]) }] };
    fact("acknowledged", await new Promise((resolve) => socket.emit("upload", upload, resolve)));
    await all;
    for (const way of ["socket", "broadcast", "bus"]) fact(way, heard.get(way));
  },

  async namespaces() {
    const main = await connected();
    // Version 2 sends a namespace's query where version 4 sends its auth.
    const custom = watched(main.io.socket("/custom", { auth: { token: "y" }, query: "token=y" }));
    const auth = once(custom, "auth");
    await once(custom, "connect");
    fact("auth", (await auth)[0] ?? {});
    fact("one connection", custom.io.engine === main.io.engine);
    fact("different ids", custom.id !== main.id);
    await echoed(main, "to main");
    await echoed(custom, "to custom");
    custom.disconnect();
    await echoed(main, "main lives on");
    const reason = once(main, "disconnect");
    main.disconnect();
    fact("disconnect", (await reason)[0]);
  },

  /** Says `ready`; whoever reads it restarts the server. */
  async reconnect() {
    const socket = await connected();
    const reason = once(socket, "disconnect");
    const again = reason.then(() => once(socket, "connect"));
    fact("ready");
    // The words depend on how the connection broke; that the client goes on by itself does not.
    fact("comes back by itself", (await reason)[0].startsWith("transport"));
    await again;
    await echoed(socket, "after the restart");
  },
};

await scenarios[scenario]();
process.exit(0);
