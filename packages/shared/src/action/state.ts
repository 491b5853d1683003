import { getState, saveState } from '@actions/core';
import type { z } from 'zod';

/** A value that main keeps for post, checked when it comes back. */
export function createState<T>(
  key: string,
  schema: z.ZodType<T>,
): { save(value: T): void; read(): T | undefined } {
  return {
    save: (value) => saveState(key, JSON.stringify(value)),
    read: () => {
      const text = getState(key);
      return text === '' ? undefined : schema.parse(JSON.parse(text));
    },
  };
}
