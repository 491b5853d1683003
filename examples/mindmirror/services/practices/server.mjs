import { serve } from '../../shared/service.mjs';

const PRACTICES = ['breathe', 'stretch', 'write', 'walk', 'listen', 'thank', 'rest'];

serve({
  service: 'practices',
  routes: {
    'GET /practices': () => [200, { practices: PRACTICES }],
    'GET /practices/:day': ({ params: { day } }) => {
      const date = new Date(`${day}T00:00:00Z`);
      if (Number.isNaN(date.getTime())) return [400, { error: 'the day is to be such as 2026-11-21' }];
      return [200, { day, practice: PRACTICES[date.getUTCDay()] }];
    },
  },
});
