import { defineConfig } from 'vitest/config';

/** Tests that need a service from outside npm; `.ci/run` starts it. They fail where it is missing. */
export default defineConfig({
  test: {
    include: ['**/test/**/*.containers.test.ts'],
    // A registry and an engine on a busy machine.
    testTimeout: 120_000,
    hookTimeout: 120_000,
    reporters: ['default', ['json', { outputFile: 'node_modules/.cache/vitest/containers.json' }]],
  },
});
