import { milliseconds, percent, whole } from './numbers-text.ts';

/** How far a load has come. */
export type Progress = {
  elapsedMs: number;
  durationMs: number;
  requests: number;
  errors: number;
  /** With users as it was measured so far, with a rate corrected; NaN before the first answer. */
  p95Ms: number;
};

const seconds = (ms: number) => `${whole(ms / 1000)} s`;

/** `12 s of 30 s: 1,234 requests, 0.2 % errors, P95 83 ms`. */
export function progressLine({ elapsedMs, durationMs, requests, errors, p95Ms }: Progress): string {
  const figures = [
    `${whole(requests)} requests`,
    `${percent(requests > 0 ? errors / requests : 0)} errors`,
    `P95 ${milliseconds(p95Ms)}`,
  ];
  return `${seconds(elapsedMs)} of ${seconds(durationMs)}: ${figures.join(', ')}`;
}
