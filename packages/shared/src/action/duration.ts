const AMOUNT = String.raw`(\d+(?:\.\d+)?)`;
/** What a duration looks like; the empty text fits as well, and is none. */
export const DURATION = new RegExp(`^(?:${AMOUNT}h)?(?:${AMOUNT}m)?(?:${AMOUNT}s)?(?:${AMOUNT}ms)?$`);
const UNITS_MS = [3_600_000, 60_000, 1000, 1];

/** Milliseconds of `500ms`, `90s`, `5m`, `1h` or `1h30m`; `undefined` for anything else, bare numbers included. */
export function parseDuration(text: string): number | undefined {
  const match = DURATION.exec(text);
  if (!match || text === '') return undefined;
  const durationMs = UNITS_MS.reduce((sum, unitMs, i) => sum + Number(match[i + 1] ?? 0) * unitMs, 0);
  return durationMs <= Number.MAX_SAFE_INTEGER ? Math.round(durationMs) : undefined;
}

function two(value: number): string {
  return String(value).padStart(2, '0');
}

/** Milliseconds as `250ms`, `9.5s`, `45s`, `2m10s`, `5m`, `1h05m`: the two largest units; below zero is `0s`. */
export function formatDuration(durationMs: number): string {
  const ms = Math.max(0, Math.round(durationMs));
  if (ms === 0) return '0s';
  if (ms < 1000) return `${ms}ms`;
  if (ms < 9950) return `${Number((ms / 1000).toFixed(1))}s`;
  const seconds = Math.round(ms / 1000);
  if (seconds < 60) return `${seconds}s`;
  if (seconds < 3600) {
    return `${Math.floor(seconds / 60)}m${seconds % 60 === 0 ? '' : `${two(seconds % 60)}s`}`;
  }
  const minutes = Math.round(seconds / 60);
  return `${Math.floor(minutes / 60)}h${minutes % 60 === 0 ? '' : `${two(minutes % 60)}m`}`;
}
