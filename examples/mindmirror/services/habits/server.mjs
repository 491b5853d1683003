import { randomUUID } from 'node:crypto';
import { firstRow, pool, postgresState } from '../../shared/postgres.mjs';
import { serve } from '../../shared/service.mjs';

const found = (habit) => (habit ? [200, habit] : [404, { error: 'no such habit' }]);

serve({
  service: 'habits',
  dependencies: async () => ({ postgres: await postgresState() }),
  close: () => pool.end(),
  routes: {
    'POST /habits': async ({ body: { name } }) => {
      if (typeof name !== 'string') return [400, { error: 'name is missing' }];
      const insert = 'insert into habits (id, name) values ($1, $2) returning *';
      return [201, await firstRow(insert, [randomUUID(), name])];
    },
    'POST /habits/:id/done': async ({ params: { id } }) =>
      found(await firstRow('update habits set done = done + 1 where id = $1 returning *', [id])),
    'GET /habits/:id': async ({ params: { id } }) =>
      found(await firstRow('select * from habits where id = $1', [id])),
    'DELETE /habits/:id': async ({ params: { id } }) =>
      found(await firstRow('delete from habits where id = $1 returning *', [id])),
  },
});
