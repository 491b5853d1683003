import type { Log } from './log.ts';
import { type Colour, type Line, paint } from './paint.ts';
import { defuse } from './workflow-commands.ts';

/** What is needed of a terminal; `columns` as `process.stdout` has it: 0 where its width is not known. */
type Terminal = { columns?: number; write(text: string): unknown };

/** Back to the first column, and the line is empty (ECMA-48: CR, EL). */
const CLEAR = '\r\u001b[2K';

/** A log for a person at a terminal: no commands for the runner, and a last line that is drawn anew while it waits. */
export function createTerminalLog(terminal: Terminal, colours: boolean): Log {
  let status: Line | undefined;
  let indent = '';

  const clear = () => status && terminal.write(CLEAR);
  const draw = (line: Line | undefined) => {
    clear();
    status = line;
    // A line that wraps could not be cleared: one column stays free, and what does not fit is left out.
    const room = Math.max(1, (terminal.columns || 80) - 1 - indent.length);
    if (line) terminal.write(indent + paint(cut(line, room), colours));
  };
  const print = (text: string) => {
    clear();
    status = undefined;
    terminal.write(`${text.replaceAll(/^/gm, indent)}\n`);
  };
  const labelled = (label: string, colour: Colour) => (text: string) => {
    const before = status;
    print(paint([{ text: `${label}: `, colour }, text], colours));
    draw(before);
  };

  return {
    info: (text) => print(typeof text === 'string' ? defuse(text) : paint(text, colours)),
    status: draw,
    debug() {},
    notice: labelled('notice', 'cyan'),
    warning: labelled('warning', 'yellow'),
    error: labelled('error', 'red'),
    async group(title, body) {
      print(paint([{ text: title, colour: 'bold' }], colours));
      indent = '  ';
      try {
        return await body();
      } finally {
        draw(undefined);
        indent = '';
      }
    },
  };
}

/** The first `columns` characters of a line. */
function cut(line: Line, columns: number): Line {
  let room = columns;
  return line.map((part) => {
    const { text, colour } = typeof part === 'string' ? { text: part, colour: undefined } : part;
    const shown = [...text].slice(0, room);
    room -= shown.length;
    return colour ? { text: shown.join(''), colour } : shown.join('');
  });
}
