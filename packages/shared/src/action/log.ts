import * as core from '@actions/core';

export type Log = {
  info(text: string): void;
  debug(text: string): void;
  /** Annotations: shown in the summary of the run as well as in the log. */
  notice(text: string): void;
  warning(text: string): void;
  group<T>(title: string, body: () => Promise<T>): Promise<T>;
};

/** GitHub cuts annotations at this length. */
const MAX_ANNOTATION = 4096;

/**
 * Lines that the runner will print and not execute: it runs every line that begins, after spaces, with `::`, and still
 * reads the older `##[command]`.
 */
export function defuse(text: string): string {
  return text
    .split(/\r\n|\r|\n/)
    .map((line) => (/^\s*(::|##\[)/.test(line) ? `| ${line}` : line))
    .join('\n');
}

export function annotation(text: string): string {
  return text.length > MAX_ANNOTATION ? `${text.slice(0, MAX_ANNOTATION - 1)}…` : text;
}

/** The job's log. Text from outside never becomes a command; annotations are escaped by @actions/core. */
export function createActionLog(): Log {
  return {
    info: (text) => core.info(defuse(text)),
    debug: (text) => core.debug(text),
    notice: (text) => core.notice(annotation(text)),
    warning: (text) => core.warning(annotation(text)),
    group: (title, body) => core.group(title, body),
  };
}
