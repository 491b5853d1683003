// The smallest service that can be deployed: a health path, and a page that fails when it is told to.
import { createServer } from 'node:http';

const { PORT = '8080', K_REVISION = 'local', FAIL_SHARE = '0' } = process.env;

const server = createServer((request, response) => {
  const fails = request.url !== '/health' && Math.random() < Number(FAIL_SHARE);
  response.writeHead(fails ? 500 : 200, { 'content-type': 'text/plain' });
  response.end(fails ? 'broken\n' : `hello from ${K_REVISION}\n`);
});
server.listen(Number(PORT), () => console.log(`listening on ${server.address().port}`));
process.on('SIGTERM', () => server.close());
