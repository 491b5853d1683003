// Stands in for Qdrant where its image cannot run, as in the emulator: the paths that a rollout asks for.
import { serve } from '../shared/service.mjs';

serve({
  service: 'qdrant',
  healthPath: '/readyz',
  routes: {
    'GET /': () => [200, { title: 'qdrant - vector search engine', version: '1.16.0' }],
    'GET /livez': () => [200, 'healthz check passed'],
    'GET /collections': () => [200, { result: { collections: [] }, status: 'ok' }],
  },
});
