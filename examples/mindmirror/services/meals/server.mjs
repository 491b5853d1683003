import { serve } from '../../shared/service.mjs';

const KCAL_PER_100_G = { apple: 52, bread: 265, rice: 130 };

serve({
  service: 'meals',
  routes: {
    'GET /energy': ({ query }) => {
      const per100 = KCAL_PER_100_G[query.get('food')];
      if (per100 === undefined) return [404, { error: 'no such food' }];
      return [200, { kcal: (per100 * Number(query.get('grams') ?? 100)) / 100 }];
    },
  },
});
