/** The demo's service: `GET /` lists its products, from the database where it has one; `GET /health` is always well. */
import { createServer } from 'node:http';

const {
  PORT = '8080',
  K_REVISION = 'local',
  DATABASE_URL,
  COLUMNS = 'name',
  FAIL_SHARE = '0',
  START = 'yes',
} = process.env;

if (START === 'no') {
  console.error('shop: cannot read the configuration /etc/shop/config.json');
  process.exit(1);
}

const database = DATABASE_URL && new (await import('pg')).Pool({ connectionString: DATABASE_URL, max: 4 });

async function products(): Promise<string> {
  if (Math.random() < Number(FAIL_SHARE)) throw new Error('no basket');
  if (!database) return 'tea, bread\n';
  const { rows } = await database.query({ text: `select ${COLUMNS} from products`, rowMode: 'array' });
  return `${rows.map((row: unknown[]) => row.join(': ')).join(', ')}\n`;
}

createServer(async (request, response) => {
  response.setHeader('x-revision', K_REVISION);
  try {
    response.end(request.url === '/health' ? 'well\n' : await products());
  } catch (error) {
    response.statusCode = 500;
    response.end(`${error instanceof Error ? error.message : error}\n`);
  }
}).listen(Number(PORT));
