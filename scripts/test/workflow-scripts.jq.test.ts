/** The scripts of the workflows, taken out of them and run. */
import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { runScript, scriptOf, temporaryFolder } from './support/run-script.ts';

/** `date` at a fixed time. */
const clock = (at: string) => ({ date: `PATH=\${PATH#*:} exec date --date='${at}' "$@"` });

describe('the maintenance window', () => {
  const script = scriptOf('workflows/deploy.yml', 'window', 'window');
  const WED = 'Wed 22:00-24:00 UTC';

  // 25 November 2026 is a Wednesday.
  it.each([
    ['at its first minute', WED, '2026-11-25T22:00:00Z', '2026-11-26T00:00:00Z'],
    ['in its last second', WED, '2026-11-25T23:59:59Z', '2026-11-26T00:00:00Z'],
    ['a second before', WED, '2026-11-25T21:59:59Z', undefined],
    ['when it has ended', WED, '2026-11-26T00:00:00Z', undefined],
    ['a day later', WED, '2026-11-26T22:30:00Z', undefined],
    ['by the clock of UTC alone', WED, '2026-11-25T23:30:00+02:00', undefined],
    ['over midnight, before it', 'Wed 23:00-01:30 UTC', '2026-11-25T23:10:20Z', '2026-11-26T01:30:00Z'],
    ['over midnight, after it', 'Wed 23:00-01:30 UTC', '2026-11-26T01:29:59Z', '2026-11-26T01:30:00Z'],
    ['over midnight, ended', 'Wed 23:00-01:30 UTC', '2026-11-26T01:30:00Z', undefined],
    ['over midnight, a day early', 'Wed 23:00-01:30 UTC', '2026-11-25T01:00:00Z', undefined],
    ['from Sunday to Monday', 'Sun 23:00-01:00 UTC', '2026-11-30T00:59:00Z', '2026-11-30T01:00:00Z'],
    ['a whole day', 'Wed 00:00-24:00 UTC', '2026-11-25T08:09:08Z', '2026-11-26T00:00:00Z'],
    ['the second of two', `Mon 06:00-08:00 UTC, ${WED}`, '2026-11-25T22:30:00Z', '2026-11-26T00:00:00Z'],
    ['one a line', `Mon 06:00-08:00 UTC\n${WED}\n`, '2026-11-23T07:00:00Z', '2026-11-23T08:00:00Z'],
    ['none of two', `Mon 06:00-08:00 UTC, ${WED}`, '2026-11-24T22:30:00Z', undefined],
  ])('%s', (_what, window, at, until) => {
    const { code, outputs, log, summary } = runScript(
      script,
      { DEPLOY_WINDOW: window },
      { stubs: clock(at) },
    );
    expect(code, log).toBe(0);
    expect(outputs).toEqual({
      open: String(until !== undefined),
      until: until === undefined ? '0' : String(Date.parse(until) / 1000),
    });
    expect(log.includes('::notice title=Outside the maintenance window::')).toBe(until === undefined);
    expect(summary === '').toBe(until !== undefined);
  });

  it.each([
    'midnight',
    'Wed 22:00-24:00',
    'Wed 24:00-25:00 UTC',
    'wed 22:00-23:00 UTC',
    `${WED}; rm -rf /`,
    `${WED}, x`,
  ])('that is %s is refused', (window) => {
    const { code, log, outputs } = runScript(
      script,
      { DEPLOY_WINDOW: window },
      { stubs: clock('2026-11-25T22:30:00Z') },
    );
    expect(code).toBe(1);
    expect(outputs).toEqual({});
    expect(log).toContain('Nothing was changed');
  });

  it.each([
    ['2026-11-25T23:59:59Z', 0],
    ['2026-11-26T00:00:00Z', 1],
  ])('is looked at again after an approval, at %s', (at, code) => {
    const again = scriptOf('workflows/deploy.yml', 'deploy', 'Is the maintenance window still open');
    const until = String(Date.parse('2026-11-26T00:00:00Z') / 1000);
    expect(runScript(again, { UNTIL: until }, { stubs: clock(at) }).code).toBe(code);
  });
});

describe('the notice of a deploy', () => {
  const script = scriptOf('workflows/deploy.yml', 'deploy', 'notice');
  const env = {
    SERVICE: 'shop',
    ENVIRONMENT: 'production',
    IMAGE: 'registry/shop@sha256:1',
    STATUS: 'success',
    MIGRATE: 'skipped',
    OUTCOME: 'promoted',
    ROLLBACK: 'skipped',
    REVISION: 'shop-00042-b',
    STABLE: 'shop-00041-a',
    SLACK_WEBHOOK_URL: '',
  };

  it.each([
    ['a good release', {}, 'promoted', 'shop-00042-b serves all users'],
    [
      'one that was taken back',
      { STATUS: 'failure', ROLLBACK: 'success' },
      'rolled-back',
      'shop-00042-b was taken back, and all users have shop-00041-a again',
    ],
    [
      'one that could not be taken back',
      { STATUS: 'failure', ROLLBACK: 'failure' },
      'promoted',
      'shop-00042-b did not pass and COULD NOT BE TAKEN BACK: all users have it',
    ],
    [
      'one with nothing to go back to',
      { STATUS: 'failure', STABLE: '' },
      'promoted',
      'shop-00042-b serves all users, but did not pass to the end; nobody was moved back',
    ],
    [
      'a cancel during the watch',
      { STATUS: 'cancelled' },
      'promoted',
      'shop-00042-b serves all users, but did not pass to the end; nobody was moved back',
    ],
    [
      'one that is held',
      { OUTCOME: 'held' },
      'held',
      'shop-00042-b is held with a part of the users, until it is resumed or rolled back',
    ],
    [
      'a bad canary',
      { STATUS: 'failure', OUTCOME: 'rolled-back' },
      'rolled-back',
      'shop-00042-b is not promoted (rolled-back)',
    ],
    [
      'a cancel',
      { STATUS: 'cancelled', OUTCOME: 'aborted' },
      'aborted',
      'shop-00042-b is not promoted (aborted)',
    ],
    [
      'a migration that failed',
      { STATUS: 'failure', OUTCOME: '', MIGRATE: 'failure' },
      '',
      'the migration failed, and nothing was deployed',
    ],
    ['nothing', { STATUS: 'failure', OUTCOME: '' }, '', 'nothing was deployed'],
  ])('says what became of %s', (_what, given, outcome, text) => {
    const { code, log, outputs, temp } = runScript(script, { ...env, ...given });
    expect(code, log).toBe(0);
    expect(outputs.given).toBe('');
    const left = JSON.parse(readFileSync(join(temp, 'deploy.json'), 'utf8')) as Record<string, string>;
    expect(left).toEqual({
      service: 'shop',
      environment: 'production',
      image: 'registry/shop@sha256:1',
      status: { ...env, ...given }.STATUS,
      outcome,
      text,
    });
    const icon = left.status === 'success' ? ':white_check_mark:' : ':x:';
    expect(JSON.parse(outputs.payload ?? '')).toEqual({
      text: `${icon} *shop* in production: ${text} (<https://github.com/octo-org/shop/actions/runs/123|run>)`,
    });
  });

  it('hands Slack no text that it would read as a command, and not the webhook', () => {
    const hostile = {
      ENVIRONMENT: 'a<!channel>&"\n::error::b',
      SLACK_WEBHOOK_URL: 'https://hooks.example/secret',
    };
    const { outputs, log } = runScript(script, { ...env, ...hostile });
    expect(outputs.given).toBe('true');
    expect(JSON.stringify(outputs) + log).not.toContain('hooks.example');
    expect(outputs.payload).toContain('a&lt;!channel&gt;&amp;');
    expect(Object.keys(outputs)).toEqual(['given', 'payload']);
  });
});

describe('the notice of a rollback', () => {
  const script = scriptOf('workflows/rollback.yml', 'rollback', 'notice');

  it.each([
    ['success', ':leftwards_arrow_with_hook: *shop* rolled back from b to a by octocat: slow &lt;again&gt;'],
    ['failure', ':x: *shop* was not rolled back, or does not answer by octocat: slow &lt;again&gt;'],
  ])('after %s', (STATUS, text) => {
    const { code, outputs, log } = runScript(script, {
      ...{ SERVICE: 'shop', REASON: 'slow <again>', FROM: 'b', TO: 'a' },
      ...{ STATUS, SLACK_WEBHOOK_URL: 'x' },
    });
    expect(code, log).toBe(0);
    expect(outputs.given).toBe('true');
    expect(JSON.parse(outputs.payload ?? '').text).toContain(text);
  });
});

describe('the scan', () => {
  const script = scriptOf('workflows/scan.yml', 'running', 'images');
  const service = (name: string, ...traffic: unknown[]) => ({ metadata: { name }, status: { traffic } });
  const services = [
    service(
      'api',
      { revisionName: 'api-2', percent: 90, latestRevision: true },
      { revisionName: 'api-3', percent: 10 },
      { revisionName: 'api-1', tag: 'old' },
    ),
    service('worker', { revisionName: 'worker-1', percent: 100 }),
    service('qdrant', { revisionName: 'qdrant-1', percent: 100 }),
    { metadata: { name: 'empty' }, status: {} },
  ];
  const image = (name: string) => `europe-west1-docker.pkg.dev/p/apps/${name}@sha256:${name}`;
  const gcloud = `case "$*" in
    'run services list --format=json') cat "$LIST" ;;
    *qdrant-1*) echo docker.io/qdrant/qdrant@sha256:q ;;
    *api-2* | *worker-1*) echo ${image('same')} ;;
    *api-3*) echo ${image('canary')} ;;
    *) exit 1 ;;
  esac`;
  const run = (SERVICES: string) => {
    const list = join(temporaryFolder(), 'list.json');
    writeFileSync(list, JSON.stringify(services));
    return runScript(script, { SERVICES, LIST: list }, { stubs: { gcloud } });
  };

  it('takes the revisions that have users, each image once, and names what cannot be scanned', () => {
    const { code, log, outputs } = run('');
    expect(code, log).toBe(0);
    expect(JSON.parse(outputs.images ?? '')).toEqual([
      { service: 'api', image: image('canary') },
      { service: 'api', image: image('same') },
    ]);
    expect(log).toContain('::warning::qdrant runs docker.io/qdrant/qdrant@sha256:q');
  });

  it('takes the services that were asked for', () => {
    expect(JSON.parse(run('worker, empty').outputs.images ?? '')).toEqual([
      { service: 'worker', image: image('same') },
    ]);
  });

  it('fails for a service that is not there, rather than look at none', () => {
    const { code, log, outputs } = run('wroker');
    expect(code).not.toBe(0);
    expect(log).toContain('no service wroker');
    expect(outputs).toEqual({});
  });

  it('fails where a revision cannot be read', () => {
    const list = join(temporaryFolder(), 'list.json');
    writeFileSync(list, JSON.stringify([service('lost', { revisionName: 'lost-1', percent: 100 })]));
    expect(runScript(script, { SERVICES: '', LIST: list }, { stubs: { gcloud } }).code).not.toBe(0);
  });

  it('pulls with a login at the registry of the image', () => {
    const pull = scriptOf(
      'workflows/scan.yml',
      'scan',
      'Pull it, since images that nobody pulls for 30 days are not looked at any more',
    );
    const { code, calls } = runScript(pull, { IMAGE: image('api') }, { stubs: { gcloud: '', docker: '' } });
    expect([code, ...calls]).toEqual([
      0,
      'gcloud auth configure-docker europe-west1-docker.pkg.dev --quiet',
      `docker pull --quiet ${image('api')}`,
    ]);
  });

  it.each([
    ['success', 'what runs now has vulnerabilities from CRITICAL on, or could not be scanned'],
    ['failure', 'it could not be found out what is running'],
  ])('says after %s what is wrong', (RUNNING, text) => {
    const notice = scriptOf('workflows/scan.yml', 'notice', 'notice');
    const { outputs } = runScript(notice, { RUNNING, THRESHOLD: 'CRITICAL', SLACK_WEBHOOK_URL: 'x' });
    expect(outputs.given).toBe('true');
    expect(JSON.parse(outputs.payload ?? '').text).toContain(text);
  });
});

describe('the builder', () => {
  const script = scriptOf('workflows/build-push.yml', 'build', 'Make a builder that can keep layers');

  it.each([
    ['', ['docker buildx create --driver docker-container --use']],
    ['mine', []],
  ])('is made where the runner has none of its own: %s', (BUILDX_BUILDER, made) => {
    const { code, calls } = runScript(script, { BUILDX_BUILDER }, { stubs: { docker: '' } });
    expect([code, calls]).toEqual([0, made]);
  });
});

describe('the GitHub release of a pipeline', () => {
  const script = scriptOf('workflows/pipeline.yml', 'release', 'Release');
  const env = { SERVICE: 'shop', IMAGE: 'registry/shop@sha256:1', GITHUB_REF_NAME: 'v1.2.3' };
  const gh = (body: string | undefined) => ({
    gh: `[ "$2" != view ] || { ${body === undefined ? 'echo release not found >&2; exit 1' : `printf '%s' '${body}'; exit 0`}; }`,
  });
  const LINE = '- `shop`: `registry/shop@sha256:1`';

  it('is made with notes and the digest', () => {
    const { code, calls, log } = runScript(script, env, { stubs: gh(undefined) });
    expect(code, log).toBe(0);
    expect(calls.slice(1)).toEqual([
      'gh release create v1.2.3 --repo octo-org/shop --verify-tag --generate-notes --notes ## Images',
      LINE,
    ]);
  });

  it('of a pre-release is marked as one', () => {
    const { calls } = runScript(script, { ...env, GITHUB_REF_NAME: 'v2.0.0-rc.1' }, { stubs: gh(undefined) });
    expect(calls.join('\n')).toContain('--generate-notes --prerelease --notes');
  });

  it('that is there gets the image of another service, and its own once', () => {
    const other = runScript(script, env, { stubs: gh('by hand') });
    expect(other.calls.slice(1)).toEqual([
      'gh release edit v1.2.3 --repo octo-org/shop --notes by hand',
      LINE,
    ]);
    const again = runScript(script, env, { stubs: gh(`notes ${LINE.replaceAll('`', '')}`) });
    expect([again.code, again.calls.length]).toEqual([0, 1]);
  });
});

describe('mindmirror: which services changed', () => {
  const script = scriptOf('examples/mindmirror/.github/workflows/deploy.yml', 'changes', 'changes');
  const NONE = '0'.repeat(40);

  function repository() {
    const cwd = temporaryFolder();
    const git = (...args: string[]) =>
      execFileSync(
        'git',
        ['-c', 'user.name=t', '-c', 'user.email=t@example.com', '-c', 'commit.gpgsign=false', ...args],
        {
          cwd,
          encoding: 'utf8',
          stdio: ['ignore', 'pipe', 'ignore'],
        },
      ).trim();
    const commit = (files: Record<string, string | null>) => {
      for (const [path, text] of Object.entries(files)) {
        if (text === null) rmSync(join(cwd, path), { recursive: true });
        else {
          mkdirSync(dirname(join(cwd, path)), { recursive: true });
          writeFileSync(join(cwd, path), text);
        }
      }
      git('add', '-A');
      git('commit', '--quiet', '--allow-empty', '-m', 'change');
      return git('rev-parse', 'HEAD');
    };
    git('init', '--quiet', '--initial-branch=main');
    const first = commit({
      'services/auth/Dockerfile': '',
      'services/auth/migrations/1.sql': '',
      'services/chat/Dockerfile': '',
      'services/chat-admin/Dockerfile': '',
      'services/notes.md': '',
      'shared/log.ts': '',
    });
    const changed = (env: Record<string, string>) => {
      const given = { EVENT: 'push', GITHUB_REF_TYPE: 'branch', BEFORE: NONE, BASE: '', ...env };
      const { code, log, outputs } = runScript(script, given, { cwd });
      expect(code, log).toBe(0);
      return (JSON.parse(outputs.services ?? '') as { service: string }[])
        .map(({ service }) => service)
        .sort();
    };
    return { git, commit, changed, first, cwd };
  }
  const EVERY = ['auth', 'chat', 'chat-admin'];

  it.each<[string, Record<string, string | null>, string[]]>([
    ['a file of one', { 'services/chat/src/a.ts': '1' }, ['chat']],
    ['a name that begins as another', { 'services/chat-admin/a.ts': '1' }, ['chat-admin']],
    ['files of two', { 'services/chat/a.ts': '1', 'services/auth/a.ts': '1' }, ['auth', 'chat']],
    ['shared code', { 'shared/log.ts': '2' }, EVERY],
    ['the workflow', { '.github/workflows/deploy.yml': '2' }, EVERY],
    ['another workflow', { '.github/workflows/weekly.yml': '2' }, []],
    ['a folder elsewhere that is named as one', { 'docs/services/chat/a.md': '1' }, []],
    ['files of none', { 'README.md': '1', 'services/notes.md': '2' }, []],
    ['nothing', {}, []],
    ['a strange name', { 'services/chat/ä"\n b.ts': '1' }, ['chat']],
    ['a new service', { 'services/billing/Dockerfile': '' }, ['billing']],
    ['a service that goes', { 'services/chat': null }, []],
    ['a file that goes', { 'services/auth/migrations/1.sql': null }, ['auth']],
  ])('by %s', (_what, files, services) => {
    const { commit, changed, first } = repository();
    commit(files);
    expect(changed({ BEFORE: first })).toEqual(services);
  });

  it('by any commit of a push, and a file that moved counts for both', () => {
    const { commit, changed, first, git, cwd } = repository();
    commit({ 'services/chat/a.ts': 'the same text in both places\n' });
    mkdirSync(join(cwd, 'services/auth/src'), { recursive: true });
    const moved = git('rev-parse', 'HEAD');
    git('mv', 'services/chat/a.ts', 'services/auth/src/a.ts');
    commit({});
    expect(changed({ BEFORE: moved })).toEqual(['auth', 'chat']);
    commit({ 'services/chat-admin/b.ts': '' });
    expect(changed({ BEFORE: first })).toEqual(['auth', 'chat-admin']);
  });

  it('are all on a first push, on a tag, when started by hand, and when the commit before is gone', () => {
    const { changed, first } = repository();
    expect(changed({ BEFORE: NONE })).toEqual(EVERY);
    expect(changed({ BEFORE: 'f'.repeat(40) })).toEqual(EVERY);
    expect(changed({ BEFORE: '' })).toEqual(EVERY);
    expect(changed({ GITHUB_REF_TYPE: 'tag', BEFORE: first })).toEqual(EVERY);
    expect(changed({ EVENT: 'workflow_dispatch' })).toEqual(EVERY);
  });

  it('are those that differ from what was pushed before, where a force push left it reachable', () => {
    const { git, commit, changed, first } = repository();
    const before = commit({ 'services/chat/a.ts': '1' });
    git('checkout', '--quiet', '-b', 'forced', first);
    commit({ 'services/auth/a.ts': '1' });
    expect(changed({ BEFORE: before })).toEqual(['auth', 'chat']);
  });

  it('are those of a pull request alone, not those of its base since', () => {
    const { git, commit, changed, first } = repository();
    const base = commit({ 'services/chat/a.ts': '1' });
    git('checkout', '--quiet', '-b', 'topic', first);
    commit({ 'services/auth/a.ts': '1' });
    expect(changed({ EVENT: 'pull_request', BASE: base })).toEqual(['auth']);
  });

  it('fails where a pull request cannot be compared, rather than build nothing', () => {
    const { cwd } = repository();
    const env = { EVENT: 'pull_request', GITHUB_REF_TYPE: 'branch', BEFORE: '', BASE: 'f'.repeat(40) };
    expect(runScript(script, env, { cwd }).code).not.toBe(0);
  });

  it('says which have migrations', () => {
    const { cwd, first } = repository();
    const env = { EVENT: 'push', GITHUB_REF_TYPE: 'tag', BEFORE: first, BASE: '' };
    const services: unknown = JSON.parse(runScript(script, env, { cwd }).outputs.services ?? '');
    expect(services).toContainEqual({ service: 'auth', migrate: true });
    expect(services).toContainEqual({ service: 'chat', migrate: false });
  });
});

describe('mindmirror: what many deploys have left', () => {
  const left = (environment: string, service: string, outcome: string) => ({
    service,
    environment,
    image: `registry/${service}@sha256:1`,
    status: outcome === 'promoted' ? 'success' : 'failure',
    outcome,
    text: outcome === 'promoted' ? 'serves all users' : 'was taken back',
  });
  const download = (results: ReturnType<typeof left>[]) => {
    const write = results.map((each) => {
      const folder = `results/deploy-${each.environment}-${each.service}`;
      return `mkdir ${folder}; printf '%s' '${JSON.stringify(each)}' >${folder}/deploy.json`;
    });
    return {
      gh: `case $2 in download) ${[...write, results.length > 0 ? 'exit 0' : 'exit 1'].join('\n')} ;; view) exit 1 ;; esac`,
    };
  };
  const file = 'examples/mindmirror/.github/workflows/deploy.yml';
  const SERVICES = JSON.stringify(['auth', 'chat', 'media'].map((service) => ({ service })));

  it('is one table, with a row for what failed and for what was not reached', () => {
    const results = [
      left('staging', 'auth-staging', 'promoted'),
      left('production', 'auth', 'promoted'),
      left('staging', 'chat-staging', 'rolled-back'),
    ];
    const script = scriptOf(file, 'summary', 'One table of all services');
    const { code, log, summary } = runScript(script, { SERVICES }, { stubs: download(results) });
    expect(code, log).toBe(0);
    expect(summary).toBe(`| service | staging | production |
| --- | --- | --- |
| auth | ✅ serves all users | ✅ serves all users |
| chat | ❌ was taken back | – |
| media | – | – |
`);
  });

  it('is a table as well when no deploy began', () => {
    const script = scriptOf(file, 'summary', 'One table of all services');
    const { code, summary, log } = runScript(script, { SERVICES }, { stubs: download([]) });
    expect([code, summary.split('\n').length]).toEqual([0, 6]);
    expect(log).toContain('No deploy has left a result');
  });

  it('makes the notes of the release, but only when every service is in production', () => {
    const script = scriptOf(file, 'release', 'Release');
    const good = ['chat', 'auth'].map((service) => left('production', service, 'promoted'));
    const { code, calls, log } = runScript(script, { GITHUB_REF_NAME: 'v1.2.3' }, { stubs: download(good) });
    expect(code, log).toBe(0);
    expect(calls.join('\n')).toContain(
      '## Images\n- `auth`: `registry/auth@sha256:1`\n- `chat`: `registry/chat@sha256:1`',
    );
    const bad = runScript(
      script,
      { GITHUB_REF_NAME: 'v1.2.3' },
      { stubs: download([left('production', 'auth', 'held')]) },
    );
    expect(bad.code).not.toBe(0);
    expect(bad.calls.some((call) => call.includes('create'))).toBe(false);
  });
});
