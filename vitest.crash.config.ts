import { defineConfig } from 'vitest/config';
import { compileCache } from './scripts/test/support/compile-cache.ts';

/** Crashes at every call of the API: minutes, not seconds. */
export default defineConfig({
  logLevel: 'error',
  test: {
    env: { STEP_COMPILE_CACHE: compileCache },
    globalSetup: ['scripts/test/support/compile-cache.ts'],
    include: ['actions/*/test/**/*.crash.test.ts'],
    // Some tests say themselves that they take longer.
    testTimeout: 300_000,
    reporters: ['default', ['json', { outputFile: 'node_modules/.cache/vitest/crash.json' }]],
  },
});
