// Stands in for the API of apex-memory: users log in, put memories in, and find them a moment later.
import { serve } from '../shared/service.mjs';
import { subjectOf, tokenFor } from '../shared/signing-key.mjs';
import { memoryStore } from './memory-store.mjs';
import { postgresStore } from './postgres-store.mjs';

const {
  DATABASE_URL,
  // What is put in is found after this time, as with an index that is filled in the background.
  INDEX_DELAY_MS = '1500',
  SMOKE_PASSWORD = 'correct horse battery staple',
  // Beside the ways of every service, `login`, `ingest` or `query`: the path that is broken in this release.
  BROKEN = '',
} = process.env;

const options = { indexDelayMs: Number(INDEX_DELAY_MS), smokePassword: SMOKE_PASSWORD };
const store = DATABASE_URL ? postgresStore(DATABASE_URL, options) : memoryStore(options);

function isBroken(way) {
  if (BROKEN === way) console.log(`BROKEN=${way}: ${way} does not work`);
  return BROKEN === way;
}

/** For those who have logged in. */
const asUser = (handler) => (request) => {
  const user = subjectOf(request.headers);
  return user ? handler({ ...request, user }) : [401, { detail: 'log in first' }];
};

serve({
  service: 'apex-api',
  healthPath: '/api/v1/health',
  ways: ['login', 'ingest', 'query'],
  dependencies: async () => ({
    postgres: BROKEN === 'health' ? 'unreachable' : await store.state(),
    qdrant: 'ok',
  }),
  close: () => store.close(),
  routes: {
    'POST /api/v1/auth/login': async ({ body: { email, password } }) => {
      if (isBroken('login')) return [500, { detail: 'no such table: users' }];
      if (!(await store.knows(email, password))) return [401, { detail: `wrong password for ${email}` }];
      return [200, { access_token: tokenFor(email), token_type: 'bearer' }];
    },
    'POST /api/v1/memories': asUser(async ({ user, body: { content } }) => {
      if (isBroken('ingest')) return [500, { detail: 'the queue is full' }];
      return [202, { id: await store.put(content, user) }];
    }),
    'GET /api/v1/query': asUser(async ({ query }) => {
      if (isBroken('query')) return [200, { results: [] }];
      return [200, { results: await store.find(query.get('q') ?? '') }];
    }),
  },
});
