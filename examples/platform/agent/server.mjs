import { serve } from '../shared/service.mjs';

serve({
  service: 'agent',
  routes: {
    'GET /tools': () => [200, { tools: ['count', 'reverse'] }],
    'POST /tools/:tool': ({ params: { tool }, body: { text = '' } }) => {
      if (tool === 'count') return [200, { result: `${text}`.split(/\s+/).filter(Boolean).length }];
      if (tool === 'reverse') return [200, { result: [...`${text}`].reverse().join('') }];
      return [404, { error: 'no such tool' }];
    },
  },
});
