import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** The files through which a step talks to the runner; each step gets new ones. */
export interface CommandFiles {
  readonly output: string;
  readonly state: string;
  readonly env: string;
  readonly path: string;
  readonly summary: string;
}

export function createCommandFiles(runnerTemp: string, step: string): CommandFiles {
  const directory = join(runnerTemp, '_runner_file_commands');
  mkdirSync(directory, { recursive: true });
  const create = (prefix: string): string => {
    const file = join(directory, `${prefix}_${step}`);
    writeFileSync(file, '');
    return file;
  };
  return {
    output: create('set_output'),
    state: create('save_state'),
    env: create('set_env'),
    path: create('add_path'),
    summary: create('step_summary'),
  };
}

/**
 * Reads `name=value` and `name<<delimiter` entries as the runner does: lines end at \n only, a later entry wins.
 * Throws where the runner would fail the step.
 */
export function readEntries(file: string): Record<string, string> {
  const entries: Record<string, string> = {};
  const lines = readFileSync(file, 'utf8').split('\n');
  while (lines.length > 0) {
    const line = lines.shift() ?? '';
    if (line === '') continue;
    const equals = line.indexOf('=');
    const heredoc = line.indexOf('<<');
    if (equals < 0 && heredoc < 0) throw new Error(`Invalid format '${line}'`);
    if (heredoc < 0 || (equals >= 0 && equals < heredoc)) {
      if (equals === 0) throw new Error(`Invalid format '${line}'. Name must not be empty`);
      entries[line.slice(0, equals)] = line.slice(equals + 1);
      continue;
    }
    const name = line.slice(0, heredoc);
    const delimiter = line.slice(heredoc + 2);
    if (name === '' || delimiter === '') {
      throw new Error(`Invalid format '${line}'. Name must not be empty and delimiter must not be empty`);
    }
    const end = lines.indexOf(delimiter);
    if (end < 0) throw new Error(`Invalid value. Matching delimiter not found '${delimiter}'`);
    entries[name] = lines
      .splice(0, end + 1)
      .slice(0, -1)
      .join('\n');
  }
  return entries;
}

/** The folders that a step put in front of PATH, in the order of the file. */
export function readPaths(file: string): string[] {
  return readFileSync(file, 'utf8')
    .split('\n')
    .filter((line) => line !== '');
}
