import { Masks } from '@apex-actions/shared/smoke/masks';
import { expect, it } from 'vitest';
import { maskOf } from '../src/shown.ts';

it('takes values of environment variables out of what the report says, and what the step knows as a secret', () => {
  const known = new Masks();
  known.add('token-of-verify');
  const spec = { template: { containers: [{ env: [{ name: 'B', value: 'hunter2-of-spec' }] }] } };
  const mask = maskOf({ env: { A: 'hunter2-of-env', LOG_LEVEL: 'info' }, spec }, known);
  expect(mask('info: no login with hunter2-of-env, hunter2-of-spec, token-of-verify')).toBe(
    'info: no login with ***, ***, ***',
  );
});
