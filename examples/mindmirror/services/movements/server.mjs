import { serve } from '../../shared/service.mjs';

// Metabolic equivalents: kcal per kilogram and hour.
const MET = { walking: 3.5, cycling: 7.5, running: 9.8 };

serve({
  service: 'movements',
  routes: {
    'GET /burned': ({ query }) => {
      const met = MET[query.get('movement')];
      if (met === undefined) return [404, { error: 'no such movement' }];
      return [200, { kcal: (met * Number(query.get('kg') ?? 70) * Number(query.get('minutes') ?? 60)) / 60 }];
    },
  },
});
