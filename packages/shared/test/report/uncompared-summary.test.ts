import { type UncomparedReport, uncomparedSummary } from '@apex-actions/shared/report/summary/uncompared';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { all, parseMarkdown, tablesOf, textOf } from './markdown.ts';

const report: UncomparedReport = {
  id: { project: 'my-project', region: 'europe-west1', service: 'shop' },
  revision: 'shop-00001-abc',
  image: 'europe-west1-docker.pkg.dev/my-project/shop/api@sha256:1',
  kind: 'first deploy',
  startedMs: Date.UTC(2026, 10, 21, 12),
  endedMs: Date.UTC(2026, 10, 21, 12, 1),
};

it.each<[Partial<UncomparedReport>, string, string]>([
  [
    {},
    '✅ Deployed for the first time: shop',
    'shop-00001-abc serves all users. Nothing served before that it could be compared with.',
  ],
  [
    { problem: 'The first deploy failed: it did not start. Users have nothing.' },
    '❌ First deploy failed: shop',
    'The first deploy failed: it did not start. Users have nothing.',
  ],
  [
    { kind: 'nothing to do' },
    '✅ Nothing to deploy: shop',
    'shop-00001-abc serves all users already, with this image and these settings.',
  ],
  [
    { kind: 'dry run' },
    '🔍 Dry run: shop',
    'Nothing was changed. Cloud Run accepts shop-00001-abc with these settings.',
  ],
])('begins with what came of it: %o', (more, heading, sentence) => {
  const tree = parseMarkdown(uncomparedSummary({ ...report, ...more }));
  expect((tree.children ?? []).slice(0, 2).map(textOf)).toEqual([heading, sentence]);
  expect(all(tree, 'link').length > 0).toBe(more.kind !== 'dry run');
});

it('shows every text from outside as text', () => {
  const text = fc.string({ unit: 'grapheme', minLength: 1, maxLength: 2000 });
  fc.assert(
    fc.property(text, text, text, (revision, image, problem) => {
      const tree = parseMarkdown(uncomparedSummary({ ...report, revision, image, problem }));
      expect(all(tree, 'html')).toEqual([]);
      expect(all(tree, 'image')).toEqual([]);
      expect(tablesOf(tree).map((rows) => rows.map((cells) => cells.length))).toEqual([[2, 2, 2]]);
    }),
    { examples: [['`|', '<img src=x>', '![a](http://b)']] },
  );
});
