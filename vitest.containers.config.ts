import { defineConfig } from 'vitest/config';
import { compileCache } from './scripts/test/support/compile-cache.ts';

/** Tests that need a service from outside npm; `.ci/run` starts it. They fail where it is missing. */
export default defineConfig({
  test: {
    env: { STEP_COMPILE_CACHE: compileCache },
    globalSetup: ['scripts/test/support/compile-cache.ts'],
    include: ['**/test/**/*.containers.test.ts'],
    // A registry and an engine on a busy machine.
    testTimeout: 300_000,
    hookTimeout: 300_000,
    reporters: ['default', ['json', { outputFile: 'node_modules/.cache/vitest/containers.json' }]],
  },
});
