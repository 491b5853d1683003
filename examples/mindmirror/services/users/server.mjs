import { randomUUID } from 'node:crypto';
import { firstRow, pool, postgresState } from '../../shared/postgres.mjs';
import { serve } from '../../shared/service.mjs';
import { subjectOf, tokenFor } from '../../shared/signing-key.mjs';

serve({
  service: 'users',
  dependencies: async () => ({ postgres: await postgresState() }),
  close: () => pool.end(),
  routes: {
    'POST /users': async ({ body: { name } }) => {
      if (typeof name !== 'string') return [400, { error: 'name is missing' }];
      const user = await firstRow('insert into users (id, name) values ($1, $2) returning *', [
        randomUUID(),
        name,
      ]);
      return [201, { ...user, token: tokenFor(user.id) }];
    },
    'GET /users/me': async ({ headers }) => {
      const user = await firstRow('select * from users where id = $1', [subjectOf(headers)]);
      return user ? [200, user] : [401, { error: 'no token, or not one of ours' }];
    },
    'DELETE /users/me': async ({ headers }) => {
      const user = await firstRow('delete from users where id = $1 returning *', [subjectOf(headers)]);
      return user ? [200, user] : [401, { error: 'no token, or not one of ours' }];
    },
  },
});
