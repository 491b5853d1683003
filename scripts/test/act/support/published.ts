import { mkdtempSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestProject } from 'vitest/node';
import { PUBLISHED, publishTo } from '../../support/published.ts';
import { git } from '../../support/release.ts';

declare module 'vitest' {
  export interface ProvidedContext {
    /** `OWNER/NAME@REF=FOLDER` of everything that is published. */
    published: string[];
  }
}

/** Publishes this repository once for all suites. */
export default async function setup(project: TestProject): Promise<() => void> {
  const directory = realpathSync(mkdtempSync(join(tmpdir(), 'act-published-')));
  const { clone } = await publishTo(directory);
  const commits = PUBLISHED.flatMap((name) =>
    git(clone(name), 'rev-list', 'v1')
      .split('\n')
      .map((commit, index) => {
        const folder = join(directory, `${name}-${index}`);
        git(clone(name), 'worktree', 'add', '--quiet', '--detach', folder, commit);
        return `apex/${name}@${commit}=${folder}`;
      }),
  );
  project.provide('published', [...PUBLISHED.map((name) => `apex/${name}@v1=${clone(name)}`), ...commits]);
  return () => rmSync(directory, { recursive: true, force: true });
}
