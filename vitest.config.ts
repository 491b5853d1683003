import { configDefaults, defineConfig } from 'vitest/config';
import { compileCache } from './scripts/test/support/compile-cache.ts';
import { LongestFirst } from './scripts/test/support/longest-first.ts';
import { absent } from './scripts/test/support/needs.ts';

export default defineConfig({
  // Not a warning for each file of a package that names source maps without shipping the sources.
  logLevel: 'error',
  test: {
    // Of the crash suite a sample; `pnpm test:crash` tries every point.
    env: { CRASH_EVERY: '60', CRASH_AT_ONCE: '2', STEP_COMPILE_CACHE: compileCache },
    include: [
      'packages/*/test/**/*.test.ts',
      'actions/*/test/**/*.test.ts',
      'scripts/test/**/*.test.ts',
      'bench/**/test/**/*.test.ts',
    ],
    exclude: [...configDefaults.exclude, ...absent().map(({ pattern }) => pattern)],
    globalSetup: ['scripts/test/support/compile-cache.ts', 'scripts/test/support/not-run.ts'],
    // They import JSON without the attribute that Node wants.
    server: { deps: { inline: [/@actions\/(expressions|workflow-parser)/] } },
    reporters: ['default', ['json', { outputFile: 'node_modules/.cache/vitest/report.json' }]],
    // Most tests wait for a process, not for a processor.
    maxWorkers: 5,
    sequence: { sequencer: LongestFirst },
    testTimeout: 300_000,
    hookTimeout: 300_000,
    expect: { poll: { timeout: 120_000, interval: 50 } },
  },
});
