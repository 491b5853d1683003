import type { Showable } from '@apex-actions/shared/report/frame';
import { Masks } from '@apex-actions/shared/smoke/masks';
import type { Inputs } from './inputs.ts';

/** Inputs of which the report shows more than that they were given. */
export const SHOWABLE: Showable = {
  values: [
    'service',
    'region',
    'project-id',
    'image',
    'steps',
    'bake',
    'max-bake',
    'max-error-rate',
    'max-error-ratio',
    'max-latency-p95',
    'max-latency-ratio',
    'confidence',
    'on-inconclusive',
    'checks',
    'probe',
    'health-path',
    'metrics-delay',
    'poll-interval',
    'tag',
    'timeout',
    'watch',
    'hold-at',
    'resume',
    'dry-run',
  ],
  keys: ['env-vars', 'secrets'],
};

/** Shorter values, such as `info` and `true`, are in every text. */
const SHORTEST = 8;

/**
 * Takes out of a text what may be a secret: what the step knows as one, and the values of environment variables, which a
 * container may have printed before it died.
 */
export function maskOf({ env, spec }: Pick<Inputs, 'env' | 'spec'>, known: Masks): (text: string) => string {
  const own = new Masks();
  const ofSpec = (spec?.template?.containers ?? []).flatMap((container) =>
    (container.env ?? []).map(({ value }) => value ?? ''),
  );
  for (const value of [...Object.values(env), ...ofSpec]) if (value.length >= SHORTEST) own.add(value);
  return (text) => own.mask(known.mask(text));
}
