import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { z } from 'zod';
import { root } from './support/examples.ts';

/** The file that `gcloud artifacts repositories set-cleanup-policies` reads: https://cloud.google.com/artifact-registry/docs/repositories/cleanup-policy */
const policies = z.array(
  z.discriminatedUnion('kind', [
    z.strictObject({
      kind: z.literal('condition'),
      name: z.string(),
      action: z.strictObject({ type: z.enum(['Keep', 'Delete']) }),
      condition: z.strictObject({
        tagState: z.enum(['tagged', 'untagged', 'any']),
        olderThan: z
          .string()
          .regex(/^\d+d$/)
          .optional(),
        tagPrefixes: z.array(z.string()).optional(),
      }),
    }),
    z.strictObject({
      kind: z.literal('recent'),
      name: z.string(),
      action: z.strictObject({ type: z.literal('Keep') }),
      mostRecentVersions: z.strictObject({ keepCount: z.int() }),
    }),
  ]),
);

type Image = { tags: string[]; days: number; rank: number };

const file = JSON.parse(readFileSync(join(root, 'docs/cleanup-policy.json'), 'utf8')) as object[];
const read = policies.parse(
  file.map((policy) => ({ kind: 'condition' in policy ? 'condition' : 'recent', ...policy })),
);

/** Whether a policy names an image; `rank` counts from 1, the newest. */
function names(policy: (typeof read)[number], { tags, days, rank }: Image): boolean {
  if (policy.kind === 'recent') return rank <= policy.mostRecentVersions.keepCount;
  const { tagState, olderThan, tagPrefixes } = policy.condition;
  const state = tagState === 'any' || tagState === (tags.length > 0 ? 'tagged' : 'untagged');
  const old = olderThan === undefined || days > Number.parseInt(olderThan, 10);
  return state && old && (tagPrefixes?.some((prefix) => tags.some((tag) => tag.startsWith(prefix))) ?? true);
}

/** A keep goes before a delete. */
function isDeleted(image: Image): boolean {
  const naming = read.filter((policy) => names(policy, image)).map(({ action }) => action.type);
  return naming.includes('Delete') && !naming.includes('Keep');
}

it.each<[string, Image, boolean]>([
  ['an old one without tag', { tags: [], days: 31, rank: 11 }, true],
  ['a young one without tag', { tags: [], days: 29, rank: 11 }, false],
  ['an old build of a branch', { tags: ['main-8f1c2ab'], days: 31, rank: 11 }, true],
  ['one of the last ten', { tags: ['main-8f1c2ab'], days: 300, rank: 10 }, false],
  ['a version', { tags: ['v1.2.3'], days: 3000, rank: 500 }, false],
  ['what production runs', { tags: ['main-8f1c2ab', 'production-latest'], days: 300, rank: 50 }, false],
])('%s', (_, image, deleted) => {
  expect(isDeleted(image)).toBe(deleted);
});
