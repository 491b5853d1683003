import { createState } from '@apex-actions/shared/action/state';
import { z } from 'zod';

/** What the post step has to know of a migration that main has begun. */
const begunSchema = z.object({
  project: z.string(),
  region: z.string(),
  job: z.string(),
  service: z.string().optional(),
  /** What the execution carries. */
  id: z.string(),
  compatibility: z.enum(['backward', 'breaking']),
  schemaVersion: z.string().optional(),
  downArgs: z.array(z.string()).optional(),
  ended: z.boolean(),
});

export type Begun = z.infer<typeof begunSchema>;

export const begun = createState('migration', begunSchema);
