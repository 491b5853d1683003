import { setSecret } from '@actions/core';
import { Masks } from './masks.ts';

/** The masks of the step that this process is: the runner is told every secret as well. */
export function createStepMasks(): Masks {
  return new Masks(setSecret);
}
