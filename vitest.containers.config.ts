import { defineConfig } from 'vitest/config';

/** Tests that need a service from outside npm; `.ci/run` starts it. They fail where it is missing. */
export default defineConfig({
  test: {
    include: ['**/test/**/*.containers.test.ts'],
    reporters: ['default', ['json', { outputFile: 'node_modules/.cache/vitest/containers.json' }]],
  },
});
