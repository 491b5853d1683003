import { defineConfig } from 'vitest/config';

/** The examples' workflows, run by act. `.ci/run` installs what they need; they fail where it is missing. */
export default defineConfig({
  test: {
    include: ['scripts/test/act/*.act.test.ts'],
    globalSetup: ['scripts/test/act/support/published.ts'],
    // Each has a runner, a Google Cloud and a GitHub of its own, and waits more than it works.
    maxWorkers: 3,
    // A pipeline of a build, two deploys and their checks on a busy machine.
    testTimeout: 600_000,
    hookTimeout: 300_000,
    reporters: ['default', ['json', { outputFile: 'node_modules/.cache/vitest/act.json' }]],
  },
});
