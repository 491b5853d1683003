import { stripVTControlCharacters } from 'node:util';

/** Characters that show nothing: the runner's comparisons (.NET, by culture) see through many of them. */
const INVISIBLE = '[\\s\\p{Cc}\\p{Cf}\\p{Default_Ignorable_Code_Point}]*';
const COMMAND = new RegExp(`^${INVISIBLE}:${INVISIBLE}:`, 'u');
const OLD_COMMAND = new RegExp(`#${INVISIBLE}#${INVISIBLE}\\[`, 'gu');

/** Text without what a terminal would obey: sequences of ANSI, and control characters but for tabs and line breaks. */
export function plain(text: string): string {
  return stripVTControlCharacters(text).replace(/[^\P{Cc}\t\r\n]/gu, '');
}

/**
 * Text from outside as lines that the runner prints and does not execute. It executes every line that begins, after
 * spaces, with `::command`, and the older `##[command]` anywhere in a line (ActionCommand.cs of actions/runner:
 * TryParseV2 trims, TryParse searches). The change is visible: such a line gets a `| ` in front, and `##[` a space.
 */
export function defuse(text: string): string {
  return plain(text)
    .split(/\r\n|\r|\n/)
    .map((line) => line.replace(OLD_COMMAND, '## ['))
    .map((line) => (COMMAND.test(line) ? `| ${line}` : line))
    .join('\n');
}

/** GitHub cuts annotations at this length, in UTF-16 units: .NET's strings and ours agree. */
const MAX_ANNOTATION = 4096;

/** An annotation's text, cut visibly rather than silently, and never inside a character. */
export function annotation(outside: string): string {
  const text = plain(outside);
  if (text.length <= MAX_ANNOTATION) return text;
  return `${text.slice(0, MAX_ANNOTATION - 1).replace(/[\uD800-\uDBFF]$/, '')}…`;
}
