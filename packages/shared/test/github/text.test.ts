import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { marker } from '../../src/github/marker.ts';
import { commentBody, digestOf, issueBody, issueTitle } from '../../src/github/text.ts';
import { assessment, counts } from './support.ts';

const DIGEST = `sha256:${'0123456789abcdef'.repeat(4)}`;
const RUN_URL = 'https://github.com/o/r/actions/runs/1/attempts/1';

it('nothing ends a marker but its end', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), fc.string(), (a, b) => {
      expect(marker('rollout', a, b)).toMatch(/^<!-- apex:rollout [^\s<>]* [^\s<>]* -->$/);
    }),
  );
});

it('a comment has the steps, and names as text', () => {
  const body = commentBody({
    marker: '<!-- x -->',
    headline: '✅ Promoted',
    service: 'shop',
    environment: '`@octocat` <img>',
    reason: 'good\n# enough',
    steps: [
      {
        percent: 25,
        startMs: 0,
        endMs: 1,
        assessment: assessment({ canary: counts(1000, 1), stable: counts(0, 0), verdict: 'healthy' }),
      },
    ],
    revision: 'shop-2',
    runUrl: RUN_URL,
  });
  expect(body).toBe(
    [
      '<!-- x -->',
      '### ✅ Promoted: `shop` in `` `@octocat` <img> ``',
      '`good # enough`',
      '| Step | Canary errors | Stable errors | Verdict |\n| --- | --- | --- | --- |\n| 25 % | 0.1 % of 1000 | – | healthy |',
      `\`shop-2\` · [Run](${RUN_URL})`,
    ].join('\n\n'),
  );
});

describe('an issue', () => {
  it.each([
    [`repo/shop@${DIGEST}`, 'Rolled back: shop 0123456789ab'],
    ['repo/shop:v1', 'Rolled back: shop'],
  ])('of %s is called %s', (image, title) => {
    expect(issueTitle('shop', digestOf(image))).toBe(title);
  });

  it('is never longer than GitHub takes', () => {
    const body = issueBody(marker('rollback', 'shop'), 'x'.repeat(1_000_000), RUN_URL);
    expect(body.length).toBeLessThan(65_536);
    expect(body).toContain(`[Run](${RUN_URL})`);
  });
});
