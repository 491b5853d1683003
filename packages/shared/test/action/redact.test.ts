import { expect, test } from 'vitest';
import { redact } from '../../src/action/redact.ts';

test.each([
  [
    'could not connect to postgres://shop:hunter2@db/shop',
    'could not connect to postgres://shop:***@db/shop',
  ],
  ['postgres://u:p@ss@h/db and https://a:b@c', 'postgres://u:***@h/db and https://a:***@c'],
  ['host=db password=hunter2 user=shop', 'host=db password=*** user=shop'],
  ["host=db password='a b' user=shop", 'host=db password=*** user=shop'],
  ['http://localhost:8080/a@b', 'http://localhost:8080/a@b'],
  ['ssh://git@example.com/x', 'ssh://git@example.com/x'],
])('%s', (text, redacted) => {
  expect(redact(text)).toBe(redacted);
});
