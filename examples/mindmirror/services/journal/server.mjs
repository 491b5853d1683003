import { randomUUID } from 'node:crypto';
import { firstRow, pool, postgresState } from '../../shared/postgres.mjs';
import { serve } from '../../shared/service.mjs';

serve({
  service: 'journal',
  dependencies: async () => ({ postgres: await postgresState() }),
  close: () => pool.end(),
  routes: {
    'POST /entries': async ({ body: { text, mood } }) => {
      if (typeof text !== 'string') return [400, { error: 'text is missing' }];
      const insert = 'insert into entries (id, text, mood) values ($1, $2, $3) returning *';
      return [201, await firstRow(insert, [randomUUID(), text, mood])];
    },
    'GET /entries/:id': async ({ params: { id } }) => {
      const entry = await firstRow('select * from entries where id = $1', [id]);
      return entry ? [200, entry] : [404, { error: 'no such entry' }];
    },
    'DELETE /entries/:id': async ({ params: { id } }) => {
      const entry = await firstRow('delete from entries where id = $1 returning *', [id]);
      return entry ? [200, entry] : [404, { error: 'no such entry' }];
    },
  },
});
