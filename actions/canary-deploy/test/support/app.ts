/** The application of the tests: behaves as its image is mapped. `GET /health` is the health path. */
import { createServer } from 'node:http';

const {
  PORT = '8080',
  K_REVISION = 'local',
  FAIL_SHARE = '0',
  DELAY_MS = '0',
  START = 'yes',
  HEALTH = '200',
  WARMUP = '0',
  LAST_WORDS = 'app: no configuration',
} = process.env;

if (START === 'no') {
  console.error(LAST_WORDS);
  process.exit(1);
}

let asked = 0;

createServer((request, response) => {
  response.setHeader('x-revision', K_REVISION);
  if (request.url === '/health') {
    asked += 1;
    response.statusCode = asked <= Number(WARMUP) ? 503 : Number(HEALTH);
    response.end('::error::from the health body\n');
    return;
  }
  setTimeout(() => {
    response.statusCode = Math.random() < Number(FAIL_SHARE) ? 500 : 200;
    response.end('hello\n');
  }, Number(DELAY_MS));
}).listen(Number(PORT));
