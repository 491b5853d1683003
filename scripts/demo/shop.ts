/** The demo's service: answers `GET /` as its release does, and `GET /healthz` always well. */
import { createServer } from 'node:http';

const { PORT = '8080', K_REVISION = 'local', FAIL_SHARE = '0', START = 'yes' } = process.env;

if (START === 'no') {
  console.error('shop: cannot read the configuration /etc/shop/config.json');
  process.exit(1);
}

createServer((request, response) => {
  response.setHeader('x-revision', K_REVISION);
  const fails = request.url !== '/healthz' && Math.random() < Number(FAIL_SHARE);
  response.statusCode = fails ? 500 : 200;
  response.end(fails ? 'no basket\n' : 'hello\n');
}).listen(Number(PORT));
