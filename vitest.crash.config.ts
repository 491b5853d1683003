import { defineConfig } from 'vitest/config';

/** Crashes at every call of the API: minutes, not seconds. */
export default defineConfig({
  logLevel: 'error',
  test: {
    include: ['actions/*/test/**/*.crash.test.ts'],
    reporters: ['default', ['json', { outputFile: 'node_modules/.cache/vitest/crash.json' }]],
  },
});
