import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { expect, test } from 'vitest';
import { parse } from 'yaml';
import { findActions } from '../bundle/actions.ts';

interface Step {
  readonly uses?: string;
  readonly run?: string;
  readonly with?: Readonly<Record<string, unknown>>;
}

interface Job {
  readonly environment?: string;
  readonly permissions: Readonly<Record<string, string>>;
  readonly steps: readonly Step[];
}

const ROOT = resolve(import.meta.dirname, '../..');
const text = readFileSync(join(ROOT, '.github/workflows/release.yml'), 'utf8');
const { jobs } = parse(text) as { jobs: { build: Job; publish: Job } };

test('the token is for the repositories that are published, and for no others', () => {
  const token = jobs.publish.steps.find(({ uses }) => uses?.startsWith('actions/create-github-app-token@'));
  const repositories = String(token?.with?.repositories).split(',').sort();
  expect(repositories).toEqual([...findActions(ROOT), 'workflows']);
});

test('the job that runs the code of packages can neither publish nor sign', () => {
  expect(jobs.build.permissions).toEqual({ contents: 'read' });
  expect(jobs.build.environment).toBeUndefined();
  expect(JSON.stringify(jobs.build)).not.toContain('secrets.');
});

test('the job that publishes waits for an approval, and runs nothing of any package', () => {
  expect(jobs.publish.environment).toBe('release');
  const commands = jobs.publish.steps.map(({ run = '' }) => run).join('\n');
  expect(commands).toContain('node scripts/publish.ts');
  expect(commands).not.toMatch(/\b(?:npm|npx|pnpm)\b/);
});

test('nothing comes from a cache', () => {
  const steps = [...jobs.build.steps, ...jobs.publish.steps];
  expect(steps.filter(({ uses }) => uses?.startsWith('actions/cache'))).toEqual([]);
  for (const step of steps.filter(({ uses }) => uses?.startsWith('actions/setup-node@'))) {
    expect(step.with).toMatchObject({ 'package-manager-cache': false });
  }
});
