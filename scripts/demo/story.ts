import { styleText } from 'node:util';

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
    const shown = text.replace(/^##\[(group|endgroup)\]/, (_, kind) => (kind === 'group' ? '▸ ' : ''));
    if (shown.trim() !== '') console.log(styleText('dim', `   │ ${shown}`));
  },
  check(text: string, holds: boolean): void {
    console.log(holds ? styleText('green', `   ✓ ${text}`) : styleText('red', `   ✗ ${text}`));
  },
};
