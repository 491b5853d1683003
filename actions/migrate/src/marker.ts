/** `schema-version: 42`, or Alembic's `Running upgrade 41 -> 42, add a column` (and downgrade). */
const MARKERS = [/\bschema-version:\s*(\S+)/i, /\bRunning (?:upgrade|downgrade)\s+\S*\s*->\s*([^\s,]+)/];

/** The version that the last line names which names one. */
export function versionIn(lines: readonly string[]): string | undefined {
  for (const line of lines.toReversed()) {
    for (const marker of MARKERS) {
      const version = marker.exec(line)?.[1];
      if (version !== undefined) return version;
    }
  }
  return undefined;
}
