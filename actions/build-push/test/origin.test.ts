import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { folder, run, SHA } from './support/kit.ts';
import { recorder } from './support/recorder.ts';

const IMAGE = '127.0.0.1:1/shop/api';

/** A checkout of a commit that is not the run's own. */
function checkout(): { root: string; head: string } {
  const root = folder({ Dockerfile: 'FROM scratch\n' });
  const git = (...args: string[]) =>
    execFileSync('git', ['-C', root, '-c', 'user.name=x', '-c', 'user.email=x@example.com', ...args], {
      encoding: 'utf8',
    });
  git('init', '--quiet');
  git('add', '.');
  git('commit', '--quiet', '--message', 'Begin');
  return { root, head: git('rev-parse', 'HEAD').trim() };
}

it('names an image after the commit that is checked out', async () => {
  const { env, args } = recorder('docker-container');
  const { root, head } = checkout();
  const result = await run({ image: IMAGE, context: root, push: 'false' }, { env });
  expect(result.exitCode, result.log).toBe(0);
  expect(result.outputs.tags).toBe(`${IMAGE}:main-${head.slice(0, 7)}`);
  expect(args()).toContain(`org.opencontainers.image.revision=${head}`);
});

it("names it after the run's commit where the context is in no repository, or is fetched by docker", async () => {
  const { env } = recorder('docker-container');
  for (const context of [folder({ Dockerfile: 'FROM scratch\n' }), 'https://github.com/o/r.git']) {
    const result = await run({ image: IMAGE, context, push: 'false' }, { env });
    expect(result.outputs.tags).toBe(`${IMAGE}:main-${SHA.slice(0, 7)}`);
  }
});

it('names it after the pull request that a run on the base branch is for', async () => {
  const { env } = recorder('docker-container');
  const event = folder({ 'event.json': '' });
  const file = join(event, 'event.json');
  writeFileSync(file, JSON.stringify({ number: 7 }));
  const result = await run(
    { image: IMAGE, context: folder({ Dockerfile: 'FROM scratch\n' }) },
    { env: { ...env, GITHUB_EVENT_NAME: 'pull_request_target', GITHUB_EVENT_PATH: file } },
  );
  expect(result.outputs).toMatchObject({ tags: `${IMAGE}:pr-7`, pushed: 'false' });
});
