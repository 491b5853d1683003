import { defineConfig } from 'vitest/config';
import { compileCache } from './scripts/test/support/compile-cache.ts';

/** Tests that need programs from PyPI; `.ci/run` installs them. They fail where those are missing. */
export default defineConfig({
  test: {
    env: { STEP_COMPILE_CACHE: compileCache },
    globalSetup: ['scripts/test/support/compile-cache.ts'],
    include: ['**/test/**/*.python.test.ts'],
    testTimeout: 300_000,
    hookTimeout: 300_000,
    reporters: ['default', ['json', { outputFile: 'node_modules/.cache/vitest/python.json' }]],
  },
});
