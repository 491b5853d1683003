import { defineConfig } from 'vitest/config';

/** Tests that need programs from PyPI; `.ci/run` installs them. They fail where those are missing. */
export default defineConfig({
  test: {
    include: ['**/test/**/*.python.test.ts'],
    testTimeout: 120_000,
    hookTimeout: 120_000,
    reporters: ['default', ['json', { outputFile: 'node_modules/.cache/vitest/python.json' }]],
  },
});
