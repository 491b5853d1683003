import type { StepResult } from './step.ts';

/** The one error annotation of a step that failed; throws with the log where there is none, or more. */
export function onlyError({ annotations, log }: Pick<StepResult, 'annotations' | 'log'>): string {
  const errors = annotations.filter(({ level }) => level === 'error');
  if (errors.length !== 1) throw new Error(`expected one error, got ${errors.length}:\n${log}`);
  return errors[0]?.message ?? '';
}
