// Sends back what it is sent, over connections that last for as long as Cloud Run lets them.
import { STATUS_CODES } from 'node:http';
import { WebSocket, WebSocketServer } from 'ws';
import { dawdle, fails, serve } from '../shared/service.mjs';

// Less than the idle timeouts of what is between it and the clients.
const PING_EVERY_MS = 30_000;
const ECHO_WITHIN_MS = 5000;
const GOING_AWAY = 1001;
/** The service's question to itself, which does not count as a user. */
const SELF = '/self';

const sockets = new WebSocketServer({ noServer: true, maxPayload: 64 * 1024 });

sockets.on('connection', (socket) => {
  socket.isAlive = true;
  socket.on('pong', () => {
    socket.isAlive = true;
  });
  socket.on('error', (error) => console.error(`connection: ${error.message}`));
  socket.on('message', async (data, isBinary) => {
    if (!socket.isSelf) await dawdle('a message');
    socket.send(data, { binary: isBinary });
  });
});

const pings = setInterval(() => {
  for (const socket of sockets.clients) {
    if (!socket.isAlive) socket.terminate();
    socket.isAlive = false;
    socket.ping();
  }
}, PING_EVERY_MS);

function refuse(stream, status) {
  stream.end(`HTTP/1.1 ${status} ${STATUS_CODES[status]}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`);
}

/** Whether a connection of its own brings back what it sends. */
function echoState() {
  return new Promise((resolve) => {
    const socket = new WebSocket(`ws://127.0.0.1:${server.address().port}${SELF}`);
    const timer = setTimeout(() => ended('no answer'), ECHO_WITHIN_MS);
    function ended(state) {
      clearTimeout(timer);
      socket.terminate();
      resolve(state);
    }
    socket.on('open', () => socket.send('hello'));
    socket.on('message', (data) => ended(`${data}` === 'hello' ? 'ok' : 'answers something else'));
    socket.on('error', (error) => ended(error.message));
  });
}

const server = serve({
  service: 'websocket',
  dependencies: async () => ({ echo: await echoState() }),
  details: () => ({ connections: [...sockets.clients].filter(({ isSelf }) => !isSelf).length }),
  routes: { 'GET /ws': () => [426, { error: 'speak WebSocket' }] },
});

server.on('upgrade', (request, stream, head) => {
  const isSelf = request.url === SELF;
  if (!isSelf && request.url !== '/ws') return refuse(stream, 404);
  if (!isSelf && fails('a connection')) return refuse(stream, 500);
  sockets.handleUpgrade(request, stream, head, (socket) => {
    socket.isSelf = isSelf;
    sockets.emit('connection', socket, request);
  });
});

process.on('SIGTERM', () => {
  clearInterval(pings);
  for (const socket of sockets.clients) socket.close(GOING_AWAY, 'the instance ends');
});
