/** The service that everybody is measured against: as fast as Node can be, or so many milliseconds late. Prints its port. */
import { createServer } from 'node:net';

const delayMs = Number(process.argv[2]);
const ANSWER = 'HTTP/1.1 200 OK\r\ncontent-type: text/plain\r\ncontent-length: 11\r\n\r\nhello world';
const END_OF_REQUEST = '\r\n\r\n';

const server = createServer({ noDelay: true }, (socket) => {
  // They end a run by breaking off.
  socket.on('error', () => {});
  socket.on('data', (chunk) => {
    // Nobody sends a body, nor a request in two pieces.
    const requests = chunk.toString('latin1').split(END_OF_REQUEST).length - 1;
    const answers = ANSWER.repeat(requests);
    if (delayMs > 0) setTimeout(() => socket.write(answers), delayMs);
    else socket.write(answers);
  });
});
server.listen(0, '127.0.0.1', () => console.log(JSON.stringify(server.address())));
