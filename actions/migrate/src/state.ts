import { createState } from '@apex-actions/shared/action/state';
import { z } from 'zod';

/** What the post step has to know of a migration that main has begun. */
const begunSchema = z.object({
  project: z.string(),
  region: z.string(),
  job: z.string(),
  service: z.string().optional(),
  /** This run's own, which no other run or attempt shares. */
  id: z.string(),
  runUrl: z.string().optional(),
  args: z.array(z.string()).readonly(),
  compatibility: z.enum(['backward', 'breaking']).optional(),
  schemaVersion: z.string().optional(),
  downArgs: z.array(z.string()).readonly().optional(),
  backup: z.object({ id: z.string(), instance: z.string(), project: z.string() }).optional(),
  /** Cloud Run was asked for an execution. */
  asked: z.boolean(),
  /** Once it is known. */
  execution: z.string().optional(),
  ended: z.boolean(),
});

export type Begun = z.infer<typeof begunSchema>;

export const begun = createState('migration', begunSchema);
