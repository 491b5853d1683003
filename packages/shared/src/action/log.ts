import * as core from '@actions/core';
import { type Line, paint, wantsColours, wordsOf } from './paint.ts';
import { createTerminalLog } from './terminal.ts';
import { annotation, defuse, plain } from './workflow-commands.ts';

/** Where an annotation belongs: a file of the repository, and a line in it, from 1. */
export type Place = { title?: string; file?: string; startLine?: number };

/** Where people read what happens. Text from outside may be passed to every method as it is. */
export type Log = {
  info(text: string | Line): void;
  /** How things stand while nothing happens: in a terminal one line, drawn anew; elsewhere shown with debug logging only. */
  status(text: Line): void;
  /** Shown only when the run has debug logging. */
  debug(text: string): void;
  /** Annotations: shown on the page of the run as well as in the log. */
  notice(text: string, options?: { title?: string }): void;
  warning(text: string): void;
  error(text: string, options?: Place): void;
  group<T>(title: string, body: () => Promise<T>): Promise<T>;
};

/** What a log needs of @actions/core. All but `info` escape their text themselves. */
export type Toolkit = Pick<typeof core, 'info' | 'debug' | 'notice' | 'warning' | 'error' | 'group'>;

export function createLog(toolkit: Toolkit, colours: boolean): Log {
  return {
    info: (text) => toolkit.info(typeof text === 'string' ? defuse(text) : paint(text, colours)),
    status: (text) => toolkit.debug(paint(text, false)),
    debug: (text) => toolkit.debug(text),
    notice: (text, options) => toolkit.notice(annotation(text), options),
    warning: (text) => toolkit.warning(annotation(text)),
    error: (text, options) => toolkit.error(annotation(text), options),
    group: (title, body) => toolkit.group(plain(title).replace(/\s+/g, ' '), body),
  };
}

/** The log of the step that this process is; in a terminal, where no runner reads it, for a person. */
export function createActionLog(env: Readonly<Record<string, string | undefined>> = process.env): Log {
  const colours = wantsColours(env, process.stdout);
  const forPerson = process.stdout.isTTY && env.GITHUB_ACTIONS !== 'true';
  return forPerson ? createTerminalLog(process.stdout, colours) : createLog(core, colours);
}

export type LogEntry = {
  level: 'info' | 'status' | 'debug' | 'notice' | 'warning' | 'error' | 'group';
  text: string;
} & Place;

/** A log for tests: keeps what was said. */
export function createMemoryLog(): Log & { readonly entries: readonly LogEntry[] } {
  const entries: LogEntry[] = [];
  return {
    entries,
    info: (text) => void entries.push({ level: 'info', text: wordsOf(text) }),
    status: (text) => void entries.push({ level: 'status', text: wordsOf(text) }),
    debug: (text) => void entries.push({ level: 'debug', text }),
    notice: (text, options) => void entries.push({ level: 'notice', text, ...options }),
    warning: (text) => void entries.push({ level: 'warning', text }),
    error: (text, options) => void entries.push({ level: 'error', text, ...options }),
    group: (title, body) => {
      entries.push({ level: 'group', text: title });
      return body();
    },
  };
}
