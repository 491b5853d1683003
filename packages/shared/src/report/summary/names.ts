import { code } from '../../action/markdown.ts';
import type { Split } from '../../cloudrun/traffic.ts';
import type { Outcome } from '../../rollout/machine.ts';
import { shorten } from './blocks.ts';

/** How a rollout ended, wherever people see it in a word. */
export const HEADLINES: Readonly<Record<Outcome, string>> = {
  promoted: '✅ Promoted',
  'rolled-back': '❌ Rolled back',
  aborted: '⚠️ Aborted',
  'handed-over': '⚠️ Handed over',
  held: '⏸️ Held',
};

/** Names of Cloud Run have at most 63 characters; what is longer came from elsewhere. */
const NAME = 80;
const SHOWN = 5;

/** A name from outside as code, never endless. */
export function named(name: string): string {
  return code(shorten(name, NAME)) || 'a revision without a name';
}

/** `shop-00041`, or with the shares where there are several: `shop-00041` 70 %, `shop-00040` 30 %. */
export function namedSplit(split: Split): string {
  const [only] = split;
  if (!only) return 'nothing';
  if (split.length === 1) return named(only.revision);
  const shown = split.slice(0, SHOWN).map(({ revision, percent }) => `${named(revision)} ${percent} %`);
  const more = split.length > SHOWN ? ` and ${split.length - SHOWN} more` : '';
  return `${shown.join(', ')}${more}`;
}
