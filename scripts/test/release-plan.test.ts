import { expect, test } from 'vitest';
import { type Published, planRelease } from '../release/plan.ts';
import { parseVersion, type Version } from '../release/version.ts';

const v = (tag: string): Version => parseVersion(tag) as Version;

/** The commits of the branch, oldest first, are `history`; all else is what the remote has. */
function published(
  history: string[],
  tags: Record<string, string>,
  branches: Record<string, string> = {},
): Published {
  const tip = history.at(-1);
  return {
    branches: new Map([
      ...(tip === undefined ? [] : [['releases/v1', tip] as const]),
      ...Object.entries(branches),
    ]),
    tags: new Map(Object.entries(tags).map(([tag, commit]) => [tag, { id: `id of ${commit}`, commit }])),
    isInHistory: (ancestor, commit) =>
      history.includes(ancestor) && history.indexOf(ancestor) <= history.indexOf(commit),
  };
}

const BRANCH = 'refs/heads/releases/v1';

test('a first release makes the branch and both tags', () => {
  expect(planRelease(v('v1.0.0'), published([], {}))).toEqual({
    kind: 'push',
    parent: undefined,
    updates: [
      { ref: BRANCH, from: undefined },
      { ref: 'refs/tags/v1.0.0', from: undefined },
      { ref: 'refs/tags/v1', from: undefined },
    ],
  });
});

test('the next one goes on top of the branch and moves the tag of the major version', () => {
  const before = published(['a', 'b'], { 'v1.0.0': 'a', 'v1.1.0': 'b', v1: 'b' });
  expect(planRelease(v('v1.1.1'), before)).toEqual({
    kind: 'push',
    parent: 'b',
    updates: [
      { ref: BRANCH, from: 'b' },
      { ref: 'refs/tags/v1.1.1', from: undefined },
      { ref: 'refs/tags/v1', from: 'id of b' },
    ],
  });
});

test.each([
  ['an older patch after a newer minor', 'v1.0.1', { 'v1.0.0': 'a', 'v1.1.0': 'b', v1: 'b' }],
  ['an older one after the tag was put back by hand', 'v1.0.1', { 'v1.0.0': 'a', 'v1.1.0': 'b', v1: 'a' }],
])('%s goes on top of the branch and does not move the tag', (_what, tag, tags) => {
  expect(planRelease(v(tag), published(['a', 'b'], tags))).toEqual({
    kind: 'push',
    parent: 'b',
    updates: [
      { ref: BRANCH, from: 'b' },
      { ref: `refs/tags/${tag}`, from: undefined },
    ],
  });
});

test('a newer one moves the tag on from where it was put back by hand', () => {
  const before = published(['a', 'b'], { 'v1.0.0': 'a', 'v1.1.0': 'b', v1: 'a' });
  expect(planRelease(v('v1.1.1'), before)).toMatchObject({ updates: [{}, {}, { from: 'id of a' }] });
});

test('a pre-release gets its exact tag and nothing else', () => {
  expect(planRelease(v('v1.2.0-rc.1'), published(['a'], { 'v1.1.0': 'a', v1: 'a' }))).toEqual({
    kind: 'push',
    parent: 'a',
    updates: [{ ref: 'refs/tags/v1.2.0-rc.1', from: undefined }],
  });
});

test('a pre-release and another major version are no newer version', () => {
  const before = published(['a'], { 'v1.1.0': 'a', v1: 'a', 'v1.9.0-rc.1': 'x', 'v2.0.0': 'y', v2: 'y' });
  expect(planRelease(v('v1.1.1'), before)).toMatchObject({ updates: [{}, {}, { ref: 'refs/tags/v1' }] });
});

test('an exact tag that is there is compared and never pushed', () => {
  const before = published(['a', 'b'], { 'v1.0.0': 'a', 'v1.1.0': 'b', v1: 'b' });
  expect(planRelease(v('v1.0.0'), before)).toEqual({ kind: 'compare', commit: 'a' });
});

test.each([
  ['a branch with the name of the exact tag', { 'v1.1.0': 'x' }, {}, 'a branch named v1.1.0'],
  ['a branch with the name of the moving tag', { v1: 'x' }, {}, 'a branch named v1,'],
  ['a branch with the name of another tag', { 'v1.0.0': 'x' }, { 'v1.0.0': 'a' }, 'a branch named v1.0.0'],
  ['a branch that was rewritten', {}, { 'v1.0.0': 'gone' }, 'releases/v1 no longer holds v1.0.0 (gone)'],
  ['a moving tag that is elsewhere', {}, { v1: 'foreign' }, 'v1 is at foreign, which is not in the history'],
])('refuses %s', (_what, branches, tags, message) => {
  expect(() => planRelease(v('v1.1.0'), published(['a'], tags, branches))).toThrow(message);
});

test('refuses when the branch of published versions was deleted', () => {
  expect(() => planRelease(v('v1.1.0'), published([], { 'v1.0.0': 'a' }))).toThrow('no longer holds v1.0.0');
});
