/** The guide, typed as it stands into one shell: real git and files; gcloud and gh only write down what they are asked. */
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { parse } from 'yaml';
import { root } from './support/examples.ts';

const STUB = `#!/usr/bin/env bash
echo "$(basename "$0") $*" >> "$CALLS"
case "$(basename "$0") $*" in
  *--input=-*) cat > "$CALLS.body" ;;
  "gcloud projects describe"*) echo 123456789 ;;
  "gh api repos/octo-org/shop --jq .id") echo 42 ;;
  "gh api repos/octo-org/shop --jq .owner.id") echo 7 ;;
  "gh api user"*) echo 583231 ;;
  "gh repo create"*) git init --quiet --bare ../remote.git && git remote add origin ../remote.git ;;
  "gh repo view"*) echo octo-org/shop ;;
esac
`;

const read = (file: string) => readFileSync(join(root, file), 'utf8');
const blocks = (text: string, language: string): string[] =>
  [...text.matchAll(new RegExp(`^\`\`\`${language}\n(.*?)^\`\`\``, 'gms'))].map(([, block = '']) => block);

const sections = read('docs/guide.md').split(/^## /m);
const section = (n: number) => sections.find((each) => each.startsWith(`${n}. `)) ?? '';
const scripts = (n: number) => blocks(section(n), 'sh').join('\n');

/** What 3 says of google-cloud.md: its first two blocks, without the three lines at the top. */
function cloud(): string {
  const [account = '', variables = ''] = blocks(read('docs/google-cloud.md'), 'sh');
  return `${account.split('\n').slice(3).join('\n')}\n${variables}`;
}

/** The files of 5, where their first lines say. */
const files = blocks(section(5), 'yaml').map((text) => ({ path: /^# (\S+)/.exec(text)?.[1] ?? '', text }));

const folder = mkdtempSync(join(tmpdir(), 'guide-'));
const shop = join(folder, 'shop');
afterAll(() => rmSync(folder, { recursive: true }));

function type(script: string): { status: number | null; output: string } {
  const { status, stdout, stderr } = spawnSync('bash', ['-eu'], {
    cwd: join(folder, 'clone'),
    input: script,
    encoding: 'utf8',
    env: {
      PATH: `${join(folder, 'bin')}:${process.env.PATH}`,
      HOME: folder,
      CALLS: join(folder, 'calls'),
      GIT_AUTHOR_NAME: 'Ann',
      GIT_AUTHOR_EMAIL: 'ann@example.com',
      GIT_COMMITTER_NAME: 'Ann',
      GIT_COMMITTER_EMAIL: 'ann@example.com',
    },
  });
  return { status, output: `${stdout}${stderr}` };
}

const writeFiles = files
  .map(({ path, text }) => `mkdir -p '${dirname(path)}'\ncat > '${path}' <<'END'\n${text}END\n`)
  .join('');

describe('docs/guide.md', () => {
  beforeAll(() => {
    mkdirSync(join(folder, 'bin'));
    mkdirSync(join(folder, 'clone'));
    for (const name of ['gcloud', 'gh']) {
      writeFileSync(join(folder, 'bin', name), STUB);
      chmodSync(join(folder, 'bin', name), 0o755);
    }
    const typed = [
      `APEX=${root}`,
      scripts(2),
      scripts(3),
      cloud(),
      scripts(4),
      writeFiles,
      scripts(5),
      scripts(6),
      'cp server.mjs ../good.mjs',
      scripts(7),
      scripts(8),
      scripts(9),
    ];
    const { status, output } = type(typed.join('\n'));
    expect(status, output).toBe(0);
  });

  const calls = () => readFileSync(join(folder, 'calls'), 'utf8');

  it('makes three workflows, and a repository in which nothing is left over', () => {
    expect(files.map(({ path }) => path)).toEqual(
      ['deploy', 'rollback', 'sweep'].map((name) => `.github/workflows/${name}.yml`),
    );
    const { stdout } = spawnSync('git', ['ls-files', '--cached', '--others'], {
      cwd: shop,
      encoding: 'utf8',
    });
    expect(stdout.trim().split('\n').sort()).toEqual(
      ['.dockerignore', 'Dockerfile', 'server.mjs', 'service.yaml', ...files.map(({ path }) => path)].sort(),
    );
    expect(
      spawnSync('git', ['status', '--porcelain', '--branch'], { cwd: shop, encoding: 'utf8' }).stdout,
    ).toBe('## main...origin/main\n');
  });

  it('lets one repository act, by its number and its owner’s', () => {
    expect(calls()).toContain(
      "--attribute-condition=assertion.repository_id == '42' && assertion.repository_owner_id == '7'",
    );
    expect(calls()).toContain('workloadIdentityPools/github/attribute.repository_id/42');
    expect(calls()).not.toMatch(/keys create|roles\/(owner|editor)/);
  });

  it('sets what the workflows read, and an approval of production alone', () => {
    for (const name of ['PROJECT_ID', 'REGION', 'WORKLOAD_IDENTITY_PROVIDER', 'DEPLOYER', 'REGISTRY']) {
      expect(calls()).toContain(`gh variable set ${name} --repo=octo-org/shop --body=`);
    }
    expect(calls()).toContain(
      '--body=projects/123456789/locations/global/workloadIdentityPools/github/providers/',
    );
    expect(calls()).toContain('--env=staging');
    expect(JSON.parse(readFileSync(join(folder, 'calls.body'), 'utf8'))).toEqual({
      reviewers: [{ type: 'User', id: 583231 }],
    });
  });

  it('has settings for the service, without what needs another role once it is public', () => {
    const spec = parse(readFileSync(join(shop, 'service.yaml'), 'utf8')) as Record<string, unknown>;
    expect(Object.keys(spec)).toEqual(['template']);
  });

  it.each([
    ['good', '../good.mjs', [200]],
    ['bad', 'server.mjs', [200, 500]],
  ])('the %s release is one', async (_what, file, statuses) => {
    expect(existsSync(join(shop, file))).toBe(true);
    const server = spawn(process.execPath, [join(shop, file)], { env: { PORT: '0' } });
    onTestFinished(() => {
      server.kill();
    });
    const [said] = await once(server.stdout, 'data');
    const url = `http://127.0.0.1:${/\d+/.exec(String(said))?.[0]}`;
    expect((await fetch(`${url}/health`)).status).toBe(200);
    const answers = await Promise.all(Array.from({ length: 200 }, () => fetch(url)));
    expect([...new Set(answers.map(({ status }) => status))].sort()).toEqual(statuses);
    expect((await Promise.all(answers.map((answer) => answer.text()))).join()).toContain('good morning');
  });
});
