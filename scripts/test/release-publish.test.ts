import { existsSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import {
  addHook,
  buildBundles,
  commit,
  git,
  nextVersion,
  publish,
  REPOSITORIES,
  type Remotes,
  remotes,
  run,
  sourceRepository,
  start,
  temporaryDirectory,
  writeFiles,
} from './support/release.ts';

const BRANCH = 'refs/heads/releases/v1';

/** A change that somebody pushes by hand. */
function pushByHand(to: Remotes, name: string, ...refs: string[]): string {
  const clone = join(temporaryDirectory(), 'clone');
  git('/', 'clone', '--quiet', '--no-checkout', to.path(name), clone);
  const tip = git(clone, 'rev-parse', '--verify', '--quiet', 'refs/remotes/origin/releases/v1');
  const changed = git(clone, 'commit-tree', `${tip}^{tree}`, '-p', tip, '-m', 'by hand');
  git(clone, 'push', '--quiet', '--force', 'origin', ...refs.map((ref) => `${changed}:${ref}`));
  return changed;
}

async function published(root: string, to: Remotes, ...args: string[]): Promise<string> {
  const { exitCode, output } = await publish(root, to, ...args);
  expect(exitCode, output).toBe(0);
  return output;
}

/** Publishing fails, says this, and leaves every repository as it was. */
async function refused(root: string, to: Remotes, message: string, ...args: string[]): Promise<void> {
  const before = to.allRefs();
  const { exitCode, output } = await publish(root, to, ...args);
  expect(output).toContain(message);
  expect(exitCode).toBe(1);
  expect(to.allRefs()).toEqual(before);
}

async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await sleep(20);
}

describe('a first release', () => {
  test('puts the branch and both tags of every repository on one commit without a parent', async () => {
    const root = sourceRepository('v1.0.0');
    const to = remotes();
    await published(root, to);
    for (const name of REPOSITORIES) {
      const refs = to.refs(name);
      expect(Object.keys(refs)).toEqual([BRANCH, 'refs/tags/v1', 'refs/tags/v1.0.0']);
      expect(new Set(Object.values(refs)).size).toBe(1);
      expect(git(to.path(name), 'rev-list', '--count', BRANCH)).toBe('1');
    }
  });

  test('commits as the source commit did, and names it', async () => {
    const root = sourceRepository('v1.0.0');
    const to = remotes();
    await published(root, to);
    const source = git(root, 'rev-parse', 'HEAD');
    expect(git(to.path('rollback'), 'cat-file', 'commit', BRANCH).split('\n').slice(1)).toEqual([
      'author Ann Author <ann@example.com> 1795251600 +0100',
      'committer Carl Committer <carl@example.com> 1795260600 +0000',
      '',
      'rollback v1.0.0',
      '',
      `Source: https://github.com/apex/actions/tree/${source}`,
    ]);
  });

  test('publishes the bytes of the bundle, as ordinary files', async () => {
    const root = sourceRepository('v1.0.0');
    const to = remotes();
    await published(root, to);
    const listed = git(to.path('rollback'), 'ls-tree', '-r', BRANCH);
    expect(listed.split('\n').map((line) => line.split(/\s/)[0])).toEqual(Array(6).fill('100644'));
    const bundle = join(root, 'actions/rollback/dist/index.js');
    expect(listed).toContain(`${git(root, 'hash-object', '--no-filters', bundle)}\tdist/index.js`);
  });

  test('has the same commits wherever it is published from, and whatever git is told there', async () => {
    const root = sourceRepository('v1.0.0');
    const [first, second] = [remotes(), remotes()];
    await published(root, first);
    const elsewhere = join(temporaryDirectory(), 'a longer path');
    git('/', 'clone', '--quiet', '--branch', 'v1.0.0', root, elsewhere);
    buildBundles(elsewhere);
    for (const [key, value] of [
      ['user.name', 'Somebody Else'],
      ['core.autocrlf', 'input'],
      ['i18n.commitEncoding', 'ISO-8859-1'],
      ['commit.gpgSign', 'true'],
      ['push.followTags', 'true'],
    ] as const) {
      git(elsewhere, 'config', key, value);
    }
    await published(elsewhere, second);
    expect(second.allRefs()).toEqual(first.allRefs());
  });
});

describe('a later release', () => {
  test('is a commit on top of the one before, and moves v1 to it', async () => {
    const root = sourceRepository('v1.0.0');
    const to = remotes();
    await published(root, to);
    const before = to.refs('rollback');
    nextVersion(root, 'v1.1.0');
    await published(root, to);
    const after = to.refs('rollback');
    expect(after['refs/tags/v1.0.0']).toBe(before['refs/tags/v1.0.0']);
    expect(after['refs/tags/v1']).toBe(after['refs/tags/v1.1.0']);
    expect(git(to.path('rollback'), 'rev-parse', `${BRANCH}^`)).toBe(before[BRANCH]);
  });

  test('of an older minor goes on top of the branch and leaves v1 where it is', async () => {
    const root = sourceRepository('v1.0.0');
    const to = remotes();
    await published(root, to);
    nextVersion(root, 'v1.1.0');
    await published(root, to);
    const before = to.refs('rollback');
    git(root, 'checkout', '--quiet', 'v1.0.0');
    nextVersion(root, 'v1.0.1');
    await published(root, to);
    const after = to.refs('rollback');
    expect(after['refs/tags/v1']).toBe(before['refs/tags/v1.1.0']);
    expect(after[BRANCH]).toBe(after['refs/tags/v1.0.1']);
    expect(git(to.path('rollback'), 'rev-parse', `${BRANCH}^`)).toBe(before[BRANCH]);
  });

  test('of another major version has its own branch and tag', async () => {
    const root = sourceRepository('v1.0.0');
    const to = remotes();
    await published(root, to);
    const before = to.refs('rollback');
    writeFiles(root, { 'workflows/deploy.yml': 'steps:\n  - uses: apex/rollback@v2\n' });
    nextVersion(root, 'v2.0.0');
    await published(root, to);
    expect(to.refs('rollback')).toMatchObject(before);
    expect(Object.keys(to.refs('rollback'))).toContain('refs/heads/releases/v2');
    expect(git(to.path('rollback'), 'rev-list', '--count', 'releases/v2')).toBe('1');
  });

  test('moves v1 on from where somebody put it back', async () => {
    const root = sourceRepository('v1.0.0');
    const to = remotes();
    await published(root, to);
    nextVersion(root, 'v1.1.0');
    await published(root, to);
    git(to.path('rollback'), 'update-ref', 'refs/tags/v1', 'refs/tags/v1.0.0');
    nextVersion(root, 'v1.1.1');
    await published(root, to);
    const refs = to.refs('rollback');
    expect(refs['refs/tags/v1']).toBe(refs['refs/tags/v1.1.1']);
  });
});

test('a pre-release gets its exact tag alone, and the version after it is not built on it', async () => {
  const root = sourceRepository('v1.0.0');
  const to = remotes();
  await published(root, to);
  const before = to.refs('rollback');
  nextVersion(root, 'v1.1.0-rc.1');
  await published(root, to);
  const { 'refs/tags/v1.1.0-rc.1': candidate, ...others } = to.refs('rollback');
  expect(others).toEqual(before);
  const workflow = git(to.path('workflows'), 'show', 'v1.1.0-rc.1:.github/workflows/deploy.yml');
  expect(workflow).toContain(
    `apex/canary-deploy@${to.refs('canary-deploy')['refs/tags/v1.1.0-rc.1']} # v1.1.0-rc.1`,
  );
  // The same commit, now as what everyone gets.
  git(root, 'tag', 'v1.1.0');
  await published(root, to, 'v1.1.0');
  const after = to.refs('rollback');
  expect(after['refs/tags/v1.1.0-rc.1']).toBe(candidate);
  expect(git(to.path('rollback'), 'rev-parse', 'v1.1.0^')).toBe(before[BRANCH]);
});

describe('a workflow that calls another one of the release', () => {
  const caller = (version: string) => ({
    'workflows/pipeline.yml': `# ${version}
name: Pipeline
on: { workflow_call: {} }
jobs:
  deploy:
    uses: apex/workflows/.github/workflows/deploy.yml@v1
  back:
    runs-on: ubuntu-latest
    steps: [{ run: "true" }]
`,
  });
  const called = (to: Remotes, tag: string) =>
    git(to.path('workflows'), 'show', `${tag}:.github/workflows/pipeline.yml`);

  test('names the commit before its own, which has that one and not itself', async () => {
    const root = sourceRepository();
    writeFiles(root, caller('first'));
    commit(root, 'a workflow that calls', 'v1.0.0');
    const to = remotes();
    await published(root, to);
    const at = to.path('workflows');
    const first = git(at, 'rev-parse', 'v1.0.0~1');
    expect(git(at, 'rev-list', '--count', 'v1.0.0')).toBe('2');
    expect(called(to, 'v1.0.0')).toContain(
      `uses: apex/workflows/.github/workflows/deploy.yml@${first} # v1.0.0`,
    );
    expect(git(at, 'ls-tree', '--name-only', `${first}:.github/workflows`)).toBe('deploy.yml');
    expect(git(at, 'show', `${first}:.github/workflows/deploy.yml`)).toBe(
      git(at, 'show', 'v1.0.0:.github/workflows/deploy.yml'),
    );
    await refused(root, to, 'All of it is published already');
  });

  test('goes on from version to version', async () => {
    const root = sourceRepository();
    writeFiles(root, caller('first'));
    commit(root, 'a workflow that calls', 'v1.0.0');
    const to = remotes();
    await published(root, to);
    writeFiles(root, caller('second'));
    nextVersion(root, 'v1.1.0');
    await published(root, to);
    const at = to.path('workflows');
    expect(git(at, 'rev-parse', 'v1.1.0~2')).toBe(git(at, 'rev-parse', 'v1.0.0'));
    expect(called(to, 'v1.1.0')).toContain(git(at, 'rev-parse', 'v1.1.0~1'));
    expect(git(at, 'rev-parse', 'v1')).toBe(git(at, 'rev-parse', 'v1.1.0'));
  });

  test('cannot be called by a third one', async () => {
    const root = sourceRepository();
    const third = 'jobs:\n  all:\n    uses: apex/workflows/.github/workflows/pipeline.yml@v1\n';
    writeFiles(root, { ...caller('first'), 'workflows/all.yml': third });
    commit(root, 'a workflow that calls one that calls', 'v1.0.0');
    await refused(
      root,
      remotes(),
      'workflows/all.yml:3 calls pipeline.yml, which calls another workflow itself',
    );
  });
});

test('a dry run says what would be pushed where, and pushes nothing', async () => {
  const root = sourceRepository('v1.0.0');
  const to = remotes();
  const output = await published(root, to, '--dry-run');
  for (const name of REPOSITORIES) {
    expect(output).toMatch(
      new RegExp(
        `^apex/${name} [0-9a-f]{40}: releases/v1 \\(new\\), v1.0.0 \\(new\\), v1 \\(new\\) at `,
        'm',
      ),
    );
    expect(output).toContain(` at ${to.path(name)}\n`);
    expect(to.refs(name)).toEqual({});
  }
  expect(output).toContain('this was a dry run');
});

test('takes what git is told by the environment, as the workflow tells it who asks for the credentials', async () => {
  const to = remotes();
  vi.stubEnv('GIT_CONFIG_COUNT', '1');
  vi.stubEnv('GIT_CONFIG_KEY_0', `url.${to.path('')}`.replace(/\.git$/, '.insteadOf'));
  vi.stubEnv('GIT_CONFIG_VALUE_0', 'https://example.invalid/apex/');
  onTestFinished(() => {
    vi.unstubAllEnvs();
  });
  const root = sourceRepository('v1.0.0');
  await published(root, { ...to, template: 'https://example.invalid/apex/{name}.git' });
  expect(to.refs('workflows')).toHaveProperty(['refs/tags/v1']);
});

describe('refuses', () => {
  test('to publish a version twice', async () => {
    const root = sourceRepository('v1.0.0');
    const to = remotes();
    await published(root, to);
    await refused(root, to, 'All of it is published already. Nothing was pushed.');
  });

  test('to publish something else by the same version, before it pushes to any repository', async () => {
    const root = sourceRepository('v1.0.0');
    const to = remotes();
    await published(root, to);
    for (const name of REPOSITORIES.slice(0, 2)) {
      rmSync(to.path(name), { recursive: true });
      git('/', 'init', '--quiet', '--bare', to.path(name));
    }
    git(root, 'tag', '--delete', 'v1.0.0');
    nextVersion(root, 'v1.0.0');
    await refused(
      root,
      to,
      'apex/smoke-test cannot get v1.0.0; this run pushed nothing. It has v1.0.0 already',
    );
  });

  test('the same files from another commit', async () => {
    const root = sourceRepository('v1.0.0');
    const to = remotes();
    await published(root, to);
    git(root, 'tag', '--delete', 'v1.0.0');
    commit(root, 'nothing changed', 'v1.0.0');
    await refused(root, to, 'that is not what this commit and these bundles make');
  });

  test.each([
    ['a changed file', 'docs/guide.md'],
    ['a new file', 'actions/rollback/new.txt'],
  ])('%s that is in no commit', async (_what, file) => {
    const root = sourceRepository('v1.0.0');
    writeFiles(root, { [file]: 'changed\n' });
    await refused(root, remotes(), 'The work tree has changes that are in no commit. Nothing was pushed.');
  });

  test('bundles that are not of these sources', async () => {
    const root = sourceRepository('v1.0.0');
    const to = remotes();
    writeFiles(root, { 'actions/rollback/src/index.ts': 'changed\n' });
    commit(root, 'changed', 'v1.0.1');
    await refused(root, to, 'The bundles of rollback are missing or not of these sources.');
    rmSync(join(root, 'actions/smoke-test/dist'), { recursive: true });
    await refused(root, to, 'The bundles of rollback, smoke-test are missing');
  });

  test('a commit that no version names, or several do', async () => {
    const root = sourceRepository();
    const to = remotes();
    await refused(root, to, 'has no tag such as v1.2.3');
    await refused(root, to, 'has no version for a tag, not v1.0.0', 'v1.0.0');
    git(root, 'tag', 'v1.0.0');
    await refused(root, to, 'has v1.0.0 for a tag, not v1.0.1', 'v1.0.1');
    await refused(root, to, 'v1 is no version such as v1.2.3', 'v1');
    git(root, 'tag', 'v1.0.0-rc.1');
    await refused(root, to, 'several versions for tags: v1.0.0, v1.0.0-rc.1. Nothing was pushed. Name one');
  });

  test('workflows that name another major version', async () => {
    const root = sourceRepository('v2.0.0');
    await refused(
      root,
      remotes(),
      'workflows/deploy.yml:10 uses apex/canary-deploy@v1, but v2.0.0 is released',
    );
  });

  test('to move v1 away from a commit that is no version, and to build on a branch that was rewritten', async () => {
    const root = sourceRepository('v1.0.0');
    const to = remotes();
    await published(root, to);
    nextVersion(root, 'v1.1.0');
    const foreign = pushByHand(to, 'rollback', 'refs/tags/v1');
    await refused(root, to, `Its tag v1 is at ${foreign}, which is not in the history of releases/v1`);
    git(to.path('rollback'), 'update-ref', 'refs/tags/v1', 'refs/tags/v1.0.0');
    git(to.path('rollback'), 'update-ref', '-d', BRANCH);
    await refused(root, to, 'Its branch releases/v1 no longer holds v1.0.0');
  });

  test('a repository with a branch that has the name of a tag', async () => {
    const root = sourceRepository('v1.0.0');
    const to = remotes();
    await published(root, to);
    nextVersion(root, 'v1.1.0');
    git(to.path('workflows'), 'branch', 'v1', 'releases/v1');
    await refused(root, to, 'It has a branch named v1, so that "@v1" could mean the branch or the tag.');
  });

  test('a repository that cannot take a push as a whole, before any gets one', async () => {
    const root = sourceRepository('v1.0.0');
    const to = remotes();
    git(to.path('workflows'), 'config', 'receive.advertiseAtomic', 'false');
    await refused(root, to, 'apex/workflows would not take the push. Nothing was pushed anywhere.');
  });

  test('a repository that is not there, before any gets a push', async () => {
    const root = sourceRepository('v1.0.0');
    const to = remotes();
    rmSync(to.path('workflows'), { recursive: true });
    const { exitCode, output } = await publish(root, to);
    expect(exitCode).toBe(1);
    expect(output).toContain('apex/workflows cannot get v1.0.0; this run pushed nothing.');
    expect(to.refs('canary-deploy')).toEqual({});
  });

  test.each([
    ['https://ann:hunter2@example.com/{name}.git', 'holds a credential'],
    ['https://hunter2@example.com/{name}.git', 'holds a credential'],
    ['ssh://git:hunter2@example.com/{name}.git', 'holds a credential'],
    ['http://hunter2.example.com/{name}.git', 'must begin with https:// or ssh://'],
    ['ext::sh -c hunter2 {name}', 'must begin with https:// or ssh://'],
    ['remotes/hunter2/{name}', 'must begin with https:// or ssh://'],
    ['https://hunter2.example.com/one.git', 'must have {name}'],
  ])('a remote such as %s, without repeating it', async (template, message) => {
    const root = sourceRepository('v1.0.0');
    const { exitCode, output } = await run(root, 'publish.ts', '--remote', template);
    expect(exitCode).toBe(1);
    expect(output).toContain(message);
    expect(output).not.toContain('hunter2');
  });

  test('to guess where to publish', async () => {
    const { exitCode, output } = await run(sourceRepository('v1.0.0'), 'publish.ts');
    expect(exitCode).toBe(1);
    expect(output).toContain('Usage: pnpm publish:release');
  });
});

describe('a release that is interrupted', () => {
  /** Kills the process when all of a push has arrived at the repository, which then takes it or does not. */
  async function killAt(root: string, to: Remotes, name: string, fate: 'taken' | 'lost'): Promise<void> {
    const directory = temporaryDirectory();
    const [reached, answer] = [join(directory, 'reached'), join(directory, 'answer')];
    addHook(
      to.path(name),
      'pre-receive',
      `touch '${reached}'; while [ ! -e '${answer}' ]; do sleep 0.05; done; exit ${fate === 'taken' ? 0 : 1}`,
    );
    const { pid, result } = start(root, 'publish.ts', '--remote', to.template);
    await until(() => existsSync(reached));
    process.kill(pid, 'SIGKILL');
    expect((await result).exitCode).toBeNull();
    writeFileSync(answer, '');
    // git at the other end outlives the process; what arrived lies apart until it decided.
    await until(
      () => !readdirSync(join(to.path(name), 'objects')).some((entry) => entry.includes('incoming')),
    );
    if (fate === 'taken') await until(() => Object.keys(to.refs(name)).length > 0);
    rmSync(join(to.path(name), 'hooks/pre-receive'));
  }

  test.each([
    ['taken', 2],
    ['lost', 1],
  ] as const)(
    'by a kill while the push to the second repository is %s is completed by a rerun, to the same commits',
    async (fate, complete) => {
      const root = sourceRepository('v1.0.0');
      const [to, uninterrupted] = [remotes(), remotes()];
      await published(root, uninterrupted);
      await killAt(root, to, 'rollback', fate);
      for (const [index, name] of REPOSITORIES.entries()) {
        expect(to.refs(name)).toEqual(index < complete ? uninterrupted.refs(name) : {});
      }
      const output = await published(root, to);
      expect(output.match(/is there already/g)).toHaveLength(complete);
      expect(output.match(/^published .*/gm)).toEqual(
        REPOSITORIES.slice(complete).map((name) => `published apex/${name}`),
      );
      expect(to.allRefs()).toEqual(uninterrupted.allRefs());
    },
  );

  test('is not completed by another commit', async () => {
    const root = sourceRepository('v1.0.0');
    const to = remotes();
    await killAt(root, to, 'rollback', 'taken');
    git(root, 'tag', '--delete', 'v1.0.0');
    nextVersion(root, 'v1.0.0');
    await refused(root, to, 'apex/canary-deploy cannot get v1.0.0');
  });

  test('by a repository that refuses one ref has none of its refs there, says what is where, and is completed', async () => {
    const root = sourceRepository('v1.0.0');
    const to = remotes();
    addHook(to.path('rollback'), 'update', 'case "$1" in refs/tags/v1) echo "::error::no"; exit 1;; esac');
    const { exitCode, output } = await publish(root, to);
    expect(exitCode).toBe(1);
    expect(to.refs('rollback')).toEqual({});
    expect(output).toContain('The push to apex/rollback failed:\n  git | remote: ::error::no');
    expect(output).toContain(
      'Published are apex/canary-deploy; untouched are apex/smoke-test, apex/workflows. A repository has all of the version or nothing of it.',
    );
    rmSync(join(to.path('rollback'), 'hooks/update'));
    await published(root, to);
    expect(to.refs('workflows')).toHaveProperty(['refs/tags/v1.0.0']);
  });
});

describe('a release beside another one', () => {
  test('does not overwrite what was pushed after it looked, and goes on from there when it is run again', async () => {
    const root = sourceRepository('v1.0.0');
    const to = remotes();
    await published(root, to);
    nextVersion(root, 'v1.1.0');
    const other = join(temporaryDirectory(), 'other');
    git('/', 'clone', '--quiet', '--branch', 'v1.1.0', root, other);
    buildBundles(other);
    nextVersion(root, 'v1.2.0');
    // The other one publishes as a whole while this one is at its first repository.
    const unset = 'unset GIT_DIR GIT_QUARANTINE_PATH GIT_OBJECT_DIRECTORY GIT_ALTERNATE_OBJECT_DIRECTORIES';
    addHook(
      to.path('canary-deploy'),
      'post-receive',
      `rm "$0"; ${unset}; cd '${other}'; exec '${process.execPath}' scripts/publish.ts --remote '${to.template}'`,
    );
    const { exitCode, output } = await publish(root, to);
    expect(exitCode).toBe(1);
    expect(output).toContain('The push to apex/rollback failed:');
    expect(output).toContain('stale info');
    const between = to.refs('rollback');
    expect(between['refs/tags/v1']).toBe(between['refs/tags/v1.1.0']);
    await published(root, to);
    const after = to.refs('rollback');
    expect(after['refs/tags/v1']).toBe(after['refs/tags/v1.2.0']);
    expect(git(to.path('rollback'), 'rev-parse', 'v1.2.0^')).toBe(between[BRANCH]);
  });
});
