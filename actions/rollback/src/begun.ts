import { createState } from '@apex-actions/shared/action/state';
import { z } from 'zod';

/** The tags that main has set for its check, saved before each is written; empty when it has ended in order. */
const begunSchema = z.object({
  project: z.string(),
  region: z.string(),
  service: z.string(),
  tags: z.array(z.object({ tag: z.string(), revision: z.string() })).readonly(),
});

export type Begun = z.infer<typeof begunSchema>;

export const begun = createState('rollback', begunSchema);
