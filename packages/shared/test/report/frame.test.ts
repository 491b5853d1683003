import { expect, it } from 'vitest';
import { givenInputs } from '../../src/report/frame.ts';

it('shows harmless inputs, keys of pairs, and of others only that they were given', () => {
  const env = {
    INPUT_STEPS: ' 10, 50 ',
    'INPUT_ENV-VARS': 'A=hunter2,B=x\\,y',
    INPUT_VERIFY: '- GET /?key=hunter2',
    'INPUT_GITHUB-TOKEN': 'hunter2',
    INPUT_WATCH: '',
    OTHER: 'hunter2',
  };
  const given = givenInputs(env, { values: ['steps', 'watch'], keys: ['env-vars'] });
  expect(given).toEqual([
    { name: 'env-vars', value: 'A, B (values not shown)' },
    { name: 'github-token', value: 'given, not shown here' },
    { name: 'steps', value: '10, 50' },
    { name: 'verify', value: 'given, not shown here' },
  ]);
});
