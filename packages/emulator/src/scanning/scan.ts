import { z } from 'zod';
import { DURATION_PATTERN } from '../duration.ts';

/** What Artifact Registry's scan makes of an image. An image without one is not scanned. */
export const scanSchema = z.strictObject({
  image: z
    .string()
    .regex(/^[^@\s]+@sha256:[0-9a-f]{64}$/, 'expected an image by digest, repository@sha256:…'),
  status: z
    .enum(['PENDING', 'SCANNING', 'FINISHED_SUCCESS', 'FINISHED_FAILED', 'FINISHED_UNSUPPORTED'])
    .default('FINISHED_SUCCESS'),
  /** Why it failed. */
  error: z.string().optional(),
  /** How long the scan takes, from when it is set. */
  after: z.string().regex(DURATION_PATTERN, 'expected a number with ms, s, m or h, such as 2s').default('0s'),
  vulnerabilities: z
    .array(
      z.strictObject({
        id: z.string().min(1),
        severity: z.enum(['MINIMAL', 'LOW', 'MEDIUM', 'HIGH', 'CRITICAL']),
        package: z.string().min(1),
        installed: z.string().min(1),
        fixed: z.string().optional(),
        summary: z.string().optional(),
        cvssScore: z.number().min(0).max(10).optional(),
      }),
    )
    .default([]),
});

export type Scan = z.output<typeof scanSchema>;
export type ScanInput = z.input<typeof scanSchema>;
