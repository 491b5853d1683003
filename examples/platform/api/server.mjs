import { createHash } from 'node:crypto';
import { serve } from '../shared/service.mjs';

const PRICES = { basic: 900, team: 4900, enterprise: 19_900 };

const sealOf = (text) => createHash('sha256').update(text).digest('base64url').slice(0, 12);

/** A quote travels in its id, so that any instance of any revision can answer for it. */
function idOf(quote) {
  const text = JSON.stringify(quote);
  return `${Buffer.from(text).toString('base64url')}.${sealOf(text)}`;
}

function quoteOf(id) {
  const [encoded, seal] = id.split('.');
  const text = Buffer.from(encoded, 'base64url').toString();
  return sealOf(text) === seal ? JSON.parse(text) : undefined;
}

serve({
  service: 'api',
  routes: {
    'POST /quotes': ({ body: { plan, seats = 1 } }) => {
      const price = PRICES[plan];
      if (price === undefined || !Number.isInteger(seats))
        return [400, { error: 'no such plan, or no number of seats' }];
      const quote = { plan, seats, cents: price * seats };
      return [201, { id: idOf(quote), ...quote }];
    },
    'GET /quotes/:id': ({ params: { id } }) => {
      const quote = quoteOf(id);
      return quote ? [200, { id, ...quote }] : [404, { error: 'no such quote' }];
    },
  },
});
