import { OWNER } from './places.ts';
import type { Prepared } from './prepare.ts';

/** One line for what a repository gets: the commit, where it goes, and what is there now. */
export function describe({ name, commit, url, updates }: Prepared): string {
  const refs = updates.map(({ ref, from }) => {
    const short = ref.replace(/^refs\/(?:heads|tags)\//, '');
    return from === undefined ? `${short} (new)` : `${short} (now ${from.slice(0, 12)})`;
  });
  const what = refs.length === 0 ? 'is there already' : refs.join(', ');
  return `${OWNER}/${name} ${commit}: ${what}${url === undefined ? '' : ` at ${url}`}`;
}
