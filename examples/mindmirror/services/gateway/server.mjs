import { randomUUID } from 'node:crypto';
import { serve } from '../../shared/service.mjs';
import { subjectOf, tokenFor } from '../../shared/signing-key.mjs';

serve({
  service: 'gateway',
  routes: {
    'POST /api/sessions': () => {
      const id = randomUUID();
      return [201, { id, token: tokenFor(id) }];
    },
    'GET /api/sessions/current': ({ headers }) => {
      const id = subjectOf(headers);
      return id ? [200, { id }] : [401, { error: 'no token, or not one of ours' }];
    },
  },
});
