import { defineConfig } from 'vitest/config';

/** Tests that need a browser, named by CHROMIUM; `.ci/run` installs one. They fail where it is missing. */
export default defineConfig({
  test: {
    include: ['**/test/**/*.browser.test.ts'],
    testTimeout: 300_000,
    hookTimeout: 300_000,
    reporters: ['default', ['json', { outputFile: 'node_modules/.cache/vitest/browser.json' }]],
  },
});
