/** What `gh`, as GitHub's runners have it, does with the fake: the calls that our workflows make. */
import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, it, onTestFinished } from 'vitest';
import { startGitHub } from '../src/github.ts';

const run = promisify(execFile);
const REPO = ['--repo', 'octo-org/octo-repo'];

async function started() {
  const home = mkdtempSync(join(tmpdir(), 'gh-'));
  const github = await startGitHub({ token: 't0ken' });
  onTestFinished(async () => {
    await github.stop();
    rmSync(home, { recursive: true });
  });
  const env = {
    PATH: process.env.PATH,
    HOME: home,
    GH_HOST: 'github.localhost',
    GH_TOKEN: 't0ken',
    HTTP_PROXY: github.url,
  };
  const gh = async (...args: string[]) => {
    try {
      const { stdout } = await run('gh', args, { env, cwd: home });
      return { code: 0, stdout, stderr: '' };
    } catch (error) {
      return error as { code: number; stdout: string; stderr: string };
    }
  };
  return { github, gh, home };
}

it('makes a release once, reads it, and adds to it', async () => {
  const { github, gh } = await started();
  const create = [
    'release',
    'create',
    'v1.0.0-rc.1',
    ...REPO,
    '--verify-tag',
    '--generate-notes',
    '--prerelease',
  ];
  const untagged = await gh(...create, '--notes', 'Images');
  expect([untagged.code, untagged.stderr]).toEqual([1, expect.stringContaining('tag v1.0.0-rc.1 doesn')]);
  expect(github.repository().releases).toEqual([]);

  github.repository().tags.set('v1.0.0-rc.1', 'a'.repeat(40));
  const missing = await gh('release', 'view', 'v1.0.0-rc.1', ...REPO, '--json', 'body', '--jq', '.body');
  expect([missing.code, missing.stderr]).toEqual([1, expect.stringContaining('release not found')]);
  expect(await gh(...create, '--notes', '## Images')).toMatchObject({ code: 0 });
  const [release] = github.repository().releases;
  expect(release).toMatchObject({ tag: 'v1.0.0-rc.1', prerelease: true, draft: false });
  expect(release?.body).toMatch(/^## Images\n\n\*\*Full Changelog\*\*/);

  const view = await gh('release', 'view', 'v1.0.0-rc.1', ...REPO, '--json', 'body', '--jq', '.body');
  expect(view.stdout.trim()).toBe(release?.body);
  const edit = await gh('release', 'edit', 'v1.0.0-rc.1', ...REPO, '--notes', 'a\nb');
  expect(edit).toMatchObject({ code: 0 });
  expect(release?.body).toBe('a\nb');
  expect(github.violations()).toEqual([]);
});

it('downloads the artifacts of a run', async () => {
  const { github, gh, home } = await started();
  github.addArtifact(12, 'deploy-production-shop', { 'deploy.json': '{"service":"shop"}' });
  github.addArtifact(12, 'deploy-production-käse', { 'a/b.txt': 'ä\n' });
  github.addArtifact(12, 'other', { 'x.txt': '' });
  github.addArtifact(13, 'deploy-of-another-run', { 'x.txt': '' });
  const download = ['run', 'download', '12', ...REPO, '--pattern', 'deploy-*', '--dir', 'found'];
  expect(await gh(...download)).toMatchObject({ code: 0 });
  const read = (file: string) => readFileSync(join(home, 'found', file), 'utf8');
  expect(read('deploy-production-shop/deploy.json')).toBe('{"service":"shop"}');
  expect(read('deploy-production-käse/a/b.txt')).toBe('ä\n');
  expect(() => read('other/x.txt')).toThrow('ENOENT');
  expect(github.violations()).toEqual([]);
});
