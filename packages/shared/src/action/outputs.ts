import { setOutput } from '@actions/core';

/** Sets the outputs of the step; one that is `undefined` stays unset, and reads as empty in a workflow. */
export function setOutputs(outputs: Readonly<Record<string, string | number | undefined>>): void {
  for (const [name, value] of Object.entries(outputs)) {
    if (value !== undefined) setOutput(name, String(value));
  }
}
