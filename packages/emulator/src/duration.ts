const UNITS: Record<string, number> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000 };

export const DURATION_PATTERN = /^(\d+(?:\.\d+)?)(ms|s|m|h)$/;

/** Milliseconds of `250ms`, `2s`, `3m` or `1h`; the text must match `DURATION_PATTERN`. */
export function parseDuration(text: string): number {
  const match = DURATION_PATTERN.exec(text);
  const unit = UNITS[match?.[2] ?? ''];
  if (match === null || unit === undefined) {
    throw new Error(`not a duration: ${text}`);
  }
  return Number(match[1]) * unit;
}
