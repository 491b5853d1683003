import { getState, saveState } from '@actions/core';
import type { z } from 'zod';

export type State<T> = {
  save(value: T): void;
  /** What was saved last; `undefined` when nothing was. Throws on text that this bundle did not write. */
  read(): T | undefined;
};

/**
 * A value that main keeps for post, as JSON, checked when it comes back. It survives a kill of main, but main itself
 * cannot read it back: the runner hands it over when post starts.
 */
export function createState<T>(key: string, schema: z.ZodType<T>): State<T> {
  return {
    save: (value) => saveState(key, JSON.stringify(value)),
    read: () => {
      const text = getState(key);
      return text === '' ? undefined : schema.parse(JSON.parse(text));
    },
  };
}
