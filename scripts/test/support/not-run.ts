import { globSync } from 'node:fs';
import { absent } from './needs.ts';

/** Says at the end which suites did not run on this machine, and why. */
export default function setup(): () => void {
  return () => {
    for (const { pattern, needs } of absent()) {
      const suites = globSync(`{actions,packages,scripts}/${pattern}`, { exclude: ['**/node_modules'] });
      console.log(
        [
          '',
          `${suites.length} suites did not run: they need ${needs}.`,
          ...suites.sort().map((suite) => `  ${suite}`),
          '.ci/run sets it up by itself.',
        ].join('\n'),
      );
    }
  };
}
