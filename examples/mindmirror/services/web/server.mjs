import { readFileSync } from 'node:fs';
import { serve } from '../../shared/service.mjs';

const { VERSION = 'dev' } = process.env;
const page = readFileSync(new URL('page.html', import.meta.url), 'utf8').replaceAll('{version}', VERSION);

serve({
  service: 'web',
  routes: {
    'GET /': () => [200, page],
    'GET /releases/:version': ({ params: { version } }) =>
      version === VERSION ? [200, { version }] : [404, { error: 'that is another release' }],
  },
});
