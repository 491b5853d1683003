import { configDefaults, defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['packages/*/test/**/*.test.ts', 'actions/*/test/**/*.test.ts', 'scripts/test/**/*.test.ts'],
    exclude: [...configDefaults.exclude, '**/*.containers.test.ts'],
    reporters: ['default', ['json', { outputFile: 'node_modules/.cache/vitest/report.json' }]],
    testTimeout: 60_000,
    hookTimeout: 60_000,
  },
});
