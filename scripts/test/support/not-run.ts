import { globSync } from 'node:fs';

/** Says at the end which suites did not run on this machine, and why. */
export default function setup(): () => void {
  return () => {
    const suites = globSync('{actions,packages,scripts}/**/test/**/*.containers.test.ts', {
      exclude: ['**/node_modules'],
    });
    console.log(
      [
        '',
        `${suites.length} suites did not run: they need a docker engine with buildx and a registry, named by REGISTRY=host:port.`,
        ...suites.sort().map((suite) => `  ${suite}`),
        'scripts/containers sets both up on Debian, and .ci/run does so by itself.',
      ].join('\n'),
    );
  };
}
