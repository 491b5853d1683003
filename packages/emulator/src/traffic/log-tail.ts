import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';

const keptLines = 500;

/** The last lines that a revision's processes wrote to stdout and stderr. */
export type LogTail = {
  /** Resolves at the end of the stream. */
  follow(stream: Readable): Promise<void>;
  add(line: string): void;
  last(count?: number): string[];
};

export function createLogTail(): LogTail {
  const lines: string[] = [];
  const add = (line: string): void => {
    lines.push(line);
    if (lines.length > keptLines) lines.shift();
  };
  return {
    add,
    follow: (stream) =>
      new Promise((resolve) => {
        createInterface({ input: stream }).on('line', add).once('close', resolve);
      }),
    last: (count = keptLines) => lines.slice(-count),
  };
}
