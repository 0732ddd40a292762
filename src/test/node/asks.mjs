// The official client asks one question after the other, each with an acknowledgement; prints one JSON line for each answer.
//
//   node asks.mjs URL '[["order", {"item": "tea"}], …]' '{"retries": 3}'   → {"event": "order", "ack": [{"ok": true}]}
//
// The options of the client are optional; without retries each question waits 30 s at most.
// An answer that does not come in time is {"event": "order", "ack": null}; a refused connection is {"connect_error": message}.

import { createRequire } from "node:module";

const { io } = createRequire(import.meta.url)("socket.io-client");
const [url, asks, options = "{}"] = process.argv.slice(2);
const { retries } = JSON.parse(options);

// Whatever becomes of the test, the process ends.
setTimeout(() => process.exit(3), 240_000).unref();

const socket = io(url, { transports: ["websocket"], reconnection: false, ...JSON.parse(options) });
socket.on("connect_error", error => {
  console.log(JSON.stringify({ connect_error: error.message, data: error.data }));
  process.exit(0);
});
socket.on("connect", async () => {
  for (const [event, ...args] of JSON.parse(asks)) {
    const ack = await new Promise(resolve => {
      // With retries the time to wait is the option ackTimeout.
      (retries ? socket : socket.timeout(30_000)).emit(event, ...args, (late, ...answer) => resolve(late ? null : answer));
    });
    console.log(JSON.stringify({ event, ack }));
  }
  process.exit(0);
});
