import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { readPlace } from '../../src/github/place.ts';

const ENV = {
  GITHUB_API_URL: 'https://github.example.com/api/v3/',
  GITHUB_SERVER_URL: 'https://github.example.com',
  GITHUB_REPOSITORY: 'octo-org/octo-repo',
  GITHUB_RUN_ID: '123',
  GITHUB_RUN_ATTEMPT: '2',
  GITHUB_SHA: 'a'.repeat(40),
  GITHUB_EVENT_NAME: 'push',
};

it('is the run, also on GitHub Enterprise Server', () => {
  expect(readPlace(ENV)).toEqual({
    apiUrl: 'https://github.example.com/api/v3',
    owner: 'octo-org',
    repo: 'octo-repo',
    runId: '123',
    runUrl: 'https://github.example.com/octo-org/octo-repo/actions/runs/123/attempts/2',
    shas: ['a'.repeat(40)],
    pull: undefined,
  });
});

it('knows the pull request that it was started for, and its commit', () => {
  const folder = mkdtempSync(join(tmpdir(), 'event-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const path = join(folder, 'event.json');
  writeFileSync(path, JSON.stringify({ pull_request: { number: 7, head: { sha: 'b'.repeat(40) } } }));
  const env = { ...ENV, GITHUB_EVENT_PATH: path, GITHUB_EVENT_NAME: 'pull_request' };
  expect(readPlace(env)).toMatchObject({ pull: 7, shas: ['a'.repeat(40), 'b'.repeat(40)] });
  expect(readPlace({ ...env, GITHUB_EVENT_NAME: 'push' })?.pull).toBeUndefined();
  expect(readPlace({ ...env, GITHUB_EVENT_PATH: `${path}.gone` })?.pull).toBeUndefined();
});

it.each([
  ['plain HTTP elsewhere', { GITHUB_API_URL: 'http://github.example.com' }, false],
  ['plain HTTP on this machine', { GITHUB_API_URL: 'http://127.0.0.1:8080' }, true],
  ['no address', { GITHUB_API_URL: 'nowhere' }, false],
  ['outside of a run', { GITHUB_RUN_ID: '' }, false],
  ['no repository', { GITHUB_REPOSITORY: '' }, false],
])('%s', (_what, changes, known) => {
  expect(readPlace({ ...ENV, ...changes }) !== undefined).toBe(known);
});
