import { styleText } from 'node:util';
import { defuse, plain } from './workflow-commands.ts';

/** Of the 16 colours of ANSI, which GitHub's viewer and every terminal show: those that are legible on dark and on light. */
export type Colour = 'red' | 'green' | 'yellow' | 'cyan' | 'bold';

/** A line of a log, with words in colour. Colours are ours: text from outside brings none. */
export type Line = readonly (string | { text: string; colour: Colour })[];

type Env = Readonly<Record<string, string | undefined>>;

/** In GitHub's viewer and in a terminal, unless NO_COLOR is set (https://no-color.org) or the terminal knows none. */
export function wantsColours(env: Env, { isTTY = false }: { isTTY?: boolean }): boolean {
  if (env.NO_COLOR) return false;
  return env.GITHUB_ACTIONS === 'true' || (isTTY && env.TERM !== 'dumb');
}

/** One line, whatever is in its parts; the runner executes none of it. */
export function paint(line: Line, colours: boolean): string {
  const parts = line.map((part) => {
    const { text, colour } = typeof part === 'string' ? { text: part, colour: undefined } : part;
    return { text: plain(text).replace(/[\r\n\t]+/g, ' '), colour };
  });
  const text = parts.map((part) => part.text).join('');
  const safe = defuse(text);
  if (!colours || safe !== text) return safe;
  return parts
    .map((part) => (part.colour ? styleText(part.colour, part.text, { validateStream: false }) : part.text))
    .join('');
}

/** What a line says, without colours. */
export function wordsOf(text: string | Line): string {
  return typeof text === 'string' ? text : paint(text, false);
}
