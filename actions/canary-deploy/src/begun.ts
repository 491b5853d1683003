import { createState } from '@apex-actions/shared/action/state';
import { z } from 'zod';

/** What post needs to find the rollout that main began. Saved before anything is changed, replaced when it has ended. */
const begunSchema = z.object({
  id: z.string(),
  project: z.string(),
  region: z.string(),
  service: z.string(),
  /** The verdict was `failing`: whatever phase the rollout had reached, stable is to be restored. */
  failing: z.boolean(),
  ended: z.boolean(),
});

export type Begun = z.infer<typeof begunSchema>;
/** How far main has come. */
export type Progress = Pick<Begun, 'failing' | 'ended'>;

export const begun = createState('rollout', begunSchema);
