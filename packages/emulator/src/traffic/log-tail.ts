import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';

const keptLines = 500;

/** Where a line comes from: the process, or what is said about it. */
export type LogSource = 'stdout' | 'stderr' | 'system';

/** The last lines that processes wrote to stdout and stderr. */
export type LogTail = {
  /** Resolves at the end of the stream. */
  follow(stream: Readable, source: LogSource): Promise<void>;
  add(line: string, source: LogSource): void;
  last(count?: number): string[];
};

/** @param onLine told of every line as it comes */
export function createLogTail(onLine: (line: string, source: LogSource) => void): LogTail {
  const lines: string[] = [];
  const add = (line: string, source: LogSource): void => {
    lines.push(line);
    if (lines.length > keptLines) lines.shift();
    onLine(line, source);
  };
  return {
    add,
    follow: (stream, source) =>
      new Promise((resolve) => {
        createInterface({ input: stream })
          .on('line', (line) => add(line, source))
          .once('close', resolve);
      }),
    last: (count = keptLines) => lines.slice(-count),
  };
}
