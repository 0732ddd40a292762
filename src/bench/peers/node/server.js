// socket.io's own server, on Node's WebSockets (ws) or on uWebSockets.js: node server.js ws|uws
const { createServer } = require('node:http');
const { Server } = require('socket.io');

const port = Number(process.env.PORT);
const io = new Server({ perMessageDeflate: false, serveClient: false });
io.on('connection', socket => {
  socket.on('bcast', text => io.emit('bcast', text));
  socket.on('echo', (text, ack) => ack(text));
});
if (process.argv[2] === 'uws') {
  const app = require('@trufflesuite/uws-js-unofficial').App();
  io.attachApp(app);
  app.listen('127.0.0.1', port, () => {});
} else {
  const server = createServer();
  io.attach(server);
  server.listen(port, '127.0.0.1', 4096);
}
