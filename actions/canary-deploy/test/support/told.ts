import type { StepResult } from '@apex-actions/testkit/run-action';

const COLOURS = { '31': 'red', '32': 'green', '33': 'yellow', '36': 'cyan' };

function withColoursNamed(text: string): string {
  return Object.entries(COLOURS)
    .reduce((named, [code, name]) => named.replaceAll(`\u001b[${code}m`, `<${name}>`), text)
    .replaceAll('\u001b[39m', '</>');
}

/** Without what differs from run to run: times, counts, shares, names that are drawn by lot. Colours are told by name. */
function usual(text: string): string {
  return (
    withColoursNamed(text)
      .replace(/shop-0000(\d)-\w+/g, 'shop-$1')
      .replace(/\b127\.0\.0\.1:\d+/g, 'HOST')
      .replace(/\d\d:\d\d:\d\dZ( \([^)]*\))?/g, 'TIME')
      .replace(/(after|for|in) (?:\d+h)?(?:\d+m)?(?:[\d.]+s)?(?:\d+ms)?(?= |:|;|<|$|\.)/gm, '$1 DURATION')
      .replace(/[█░]+ +\S+ \/ \S+ */g, 'PROGRESS ')
      // Shares of users are the plan's and stay.
      .replace(/(?:[<>] )?[\d.]+ %(?= err| of (?:our|the requests))/g, 'SHARE')
      .replace(/(against) [\d.]+ %/g, '$1 SHARE')
      .replace(/\d+ (?=req|probes|errors)/g, 'N ')
      .replace(/P95 +(–|\d+ ms)/g, 'P95 N')
      .replace(/PORT=\d+/g, 'PORT=N')
      .replace(/ +–(?= err)/g, ' SHARE')
      .replace(/ {2,}/g, ' ')
  );
}

/**
 * What a reader sees of a rollout without opening anything: titles of groups, and what stands between them. Of each
 * group its last line is added, indented. Then the first words of the summary.
 */
export function told({ log, summary }: StepResult): string[] {
  const seen: string[] = [];
  let last: string | undefined;
  let inside = false;
  const from = log.indexOf('##[group]');
  for (const line of log.slice(from).split('\n')) {
    if (line.startsWith('##[group]')) {
      inside = true;
      last = undefined;
      seen.push(`▸ ${line.slice('##[group]'.length)}`);
    } else if (line === '##[endgroup]') {
      inside = false;
      if (last !== undefined) seen.push(`    ${last.trim()}`);
    } else if (inside) last = line;
    else seen.push(line);
  }
  return [...seen, ...summary.split('\n\n').slice(0, 2)].map(usual);
}
