import { stripVTControlCharacters, styleText } from 'node:util';
import type { Verdict } from '@apex-actions/shared/analysis/verdict';
import { VERDICT_COLOURS } from '@apex-actions/shared/rollout/poll-line';

/** A poll of canary-deploy: its step and its verdict come first. */
const POLL = /^ *(?:\d+ %|watch) \| (healthy|failing|inconclusive|no-data)\b/;
/** To the line above, and that is empty (ECMA-48: CUU, EL). */
const OVER_LAST = '\u001b[1A\r\u001b[2K';

/** Up to its verdict, the poll whose line was printed last. */
let lastPoll: string | undefined;

/** In a terminal a poll that says the same takes the place of the one before, so that its bar moves. */
function poll(line: string): void {
  const [start = '', verdict = ''] = POLL.exec(line) ?? [];
  // A line that wraps could not be taken back.
  const shown = line.slice(0, (process.stdout.columns || 80) - 6);
  const coloured = shown.replace(verdict, styleText(VERDICT_COLOURS[verdict as Verdict], verdict));
  console.log(`${start === lastPoll ? OVER_LAST : ''}   ${styleText('dim', '│')} ${coloured}`);
  lastPoll = start;
}

/** Prints the demo as it happens. */
export const story = {
  title(text: string): void {
    console.log(`\n${styleText('bold', text)}`);
  },
  chapter(number: number, text: string): void {
    console.log(`\n${styleText(['bold', 'cyan'], `${number}. ${text}`)}`);
  },
  tell(text: string): void {
    console.log(`   ${text}`);
  },
  /** A line of an action's own log, as the runner would show it. */
  line(text: string): void {
    const plain = stripVTControlCharacters(text);
    if (process.stdout.isTTY && POLL.test(plain)) {
      poll(plain);
      return;
    }
    lastPoll = undefined;
    const shown = (process.stdout.isTTY ? text : plain).replace(/^##\[(group|endgroup)\]/, (_, kind) =>
      kind === 'group' ? '▸ ' : '',
    );
    if (shown.trim() !== '') console.log(styleText('dim', `   │ ${shown}`));
  },
  check(text: string, holds: boolean): void {
    console.log(holds ? styleText('green', `   ✓ ${text}`) : styleText('red', `   ✗ ${text}`));
  },
};
