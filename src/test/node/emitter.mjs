// What a backend does with the official emitter for MongoDB, one step after the other.
//
//   node emitter.mjs mongodb://… DATABASE COLLECTION '[{"of": "/news", "to": ["a"], "emit": ["hello", 1]}, …]'
//
// A step selects by of, to, except and volatile, and does one of emit, socketsJoin, socketsLeave, disconnectSockets, serverSideEmit.
// {"$bytes": [1, 2]} among the arguments is a Buffer, {"$date": "…"} a Date. Ends when the last document is stored.

import { createRequire } from "node:module";

const require = createRequire(import.meta.url);
const { Emitter } = require("@socket.io/mongo-emitter");
const { MongoClient } = require("mongodb");
const [address, database, name, steps] = process.argv.slice(2);

// Whatever becomes of the test, the process ends.
setTimeout(() => process.exit(3), 60_000).unref();

const value = json => {
  if (Array.isArray(json)) return json.map(value);
  if (json === null || typeof json !== "object") return json;
  if (json.$bytes) return Buffer.from(json.$bytes);
  if (json.$date) return new Date(json.$date);
  return Object.fromEntries(Object.entries(json).map(([key, member]) => [key, value(member)]));
};

const client = await new MongoClient(address, { maxPoolSize: 1 }).connect();
const collection = client.db(database).collection(name);
// The emitter does not tell when a document is stored; the collection does.
let stored;
const emitters = new Emitter({ insertOne: document => (stored = collection.insertOne(document)) }, "/", { addCreatedAtField: true });
for (const { of = "/", to, except, volatile, ...action } of JSON.parse(steps)) {
  let target = emitters.of(of);
  if (volatile) target = target.volatile;
  if (to) target = target.to(to);
  if (except) target = target.except(except);
  for (const [verb, args] of Object.entries(action)) target[verb](...[].concat(value(args)));
  await stored;
}
await client.close();
