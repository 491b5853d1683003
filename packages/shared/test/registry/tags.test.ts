import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseImageReference } from '../../src/registry/reference.ts';
import { isTag, type TagSource, tagsOf, templateProblem } from '../../src/registry/tags.ts';

const SHA = '8f1c2ab64de0c7d75b3e91a05f4c6e0d2b9a7c11';
const source = (ref: string, event = 'push'): TagSource => ({ event, ref, sha: SHA, date: '20261121' });
const names = (...[from, templates]: Parameters<typeof tagsOf>) =>
  tagsOf(from, templates).map(({ name }) => name);

describe('the tag of an event', () => {
  it.each([
    ['push', 'refs/heads/main', 'main-8f1c2ab', true],
    ['push', 'refs/heads/feature/Login Page#2', 'feature-Login-Page-2-8f1c2ab', true],
    ['push', 'refs/heads/---', 'branch-8f1c2ab', true],
    ['push', 'refs/tags/v1.2.3', 'v1.2.3', true],
    ['push', 'refs/tags/v1.2.3-rc.1', 'v1.2.3-rc.1', true],
    ['push', 'refs/tags/v1.2.3+linux', 'v1.2.3-linux', true],
    ['push', 'refs/tags/nightly', 'nightly', false],
    ['release', 'refs/tags/v2.0.0', 'v2.0.0', true],
    ['pull_request', 'refs/pull/7/merge', 'pr-7', false],
    [
      'merge_group',
      'refs/heads/gh-readonly-queue/main/pr-7-abc',
      'gh-readonly-queue-main-pr-7-abc-8f1c2ab',
      true,
    ],
    ['workflow_dispatch', 'refs/heads/main', 'main-8f1c2ab', true],
    ['workflow_dispatch', 'refs/tags/v1.2.3', 'v1.2.3', true],
    ['schedule', 'refs/heads/main', 'main-8f1c2ab-20261121', true],
  ])('%s of %s is %s', (event, ref, name, immutable) => {
    expect(tagsOf(source(ref, event))).toEqual([{ name, immutable }]);
  });
});

describe('templates', () => {
  it('leave out what the event does not have', () => {
    const templates = ['{branch}', 'v{version}', '{major}', '{minor}', 'pr-{pr}', 'latest'];
    expect(names(source('refs/heads/main'), templates)).toEqual(['main', 'latest']);
    expect(names(source('refs/tags/v1.2.3'), templates)).toEqual(['v1.2.3', '1', '1.2', 'latest']);
    expect(names(source('refs/tags/v1.2.3-rc.1'), templates)).toEqual(['v1.2.3-rc.1', 'latest']);
    expect(names(source('refs/pull/9/merge'), templates)).toEqual(['pr-9', 'latest']);
  });

  it('name a tag that never moves after a commit or a whole version', () => {
    const immutable = (template: string, ref = 'refs/tags/v1.2.3') =>
      tagsOf(source(ref), [template])[0]?.immutable;
    expect(['{sha}', 'x-{sha7}', '{version}', '{tag}', '1.0.0'].map((each) => immutable(each))).toEqual(
      Array(5).fill(true),
    );
    expect(['{major}', '{minor}', 'latest', '{date}'].map((each) => immutable(each))).toEqual(
      Array(4).fill(false),
    );
    expect(immutable('{branch}', 'refs/heads/main')).toBe(false);
  });

  it.each([
    ['{branch}-{sha7}', undefined],
    ['{comit}', 'there is no {comit}'],
    ['my tag', 'a tag has letters, digits, `_`, `.` and `-` only'],
    ['-{sha}', 'a tag has letters, digits, `_`, `.` and `-` only'],
    ['main:{sha}', 'a tag has letters, digits, `_`, `.` and `-` only'],
  ])('%s: %s', (template, problem) => {
    expect(templateProblem(template)).toBe(problem);
  });
});

const ref = fc.oneof(
  fc.string({ unit: 'grapheme', maxLength: 300 }).map((name) => `refs/heads/${name}`),
  fc.string({ unit: 'grapheme', maxLength: 300 }).map((name) => `refs/tags/${name}`),
  fc.nat().map((pr) => `refs/pull/${pr}/merge`),
);
const event = fc.constantFrom('push', 'schedule', 'pull_request', 'workflow_dispatch');
const template = fc
  .array(
    fc.oneof(
      fc.constantFrom('{branch}', '{tag}', '{sha7}', '{sha}', '{date}', '{pr}'),
      fc.stringMatching(/^[\w.-]{0,5}$/),
    ),
    {
      minLength: 1,
      maxLength: 4,
    },
  )
  .map((parts) => parts.join(''))
  .filter((text) => templateProblem(text) === undefined);

it('whatever the ref, a tag is one that a registry accepts, and a reference is read back', () => {
  fc.assert(
    fc.property(
      ref,
      event,
      fc.option(fc.array(template, { minLength: 1, maxLength: 3 })),
      (from, name, templates) => {
        for (const tag of tagsOf(source(from, name), templates ?? undefined)) {
          expect(isTag(tag.name)).toBe(true);
          expect(parseImageReference(`europe-west1-docker.pkg.dev/p/r/i:${tag.name}`)?.tag).toBe(tag.name);
        }
      },
    ),
  );
});

it('however long the branch, its tag ends in the commit', () => {
  fc.assert(
    fc.property(fc.string({ minLength: 100, maxLength: 400 }), (branch) => {
      const [tag] = tagsOf(source(`refs/heads/${branch}`));
      expect(tag?.name).toMatch(/-8f1c2ab$/);
    }),
  );
});
