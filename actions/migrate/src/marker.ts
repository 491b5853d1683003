/** What the log says of the schema: a version, and whether that was reached by going back. */
export type Marker = { version: string; down: boolean };

const VERSION = String.raw`[\w.@:+-]{1,128}`;
const OURS = new RegExp(String.raw`\bschema-version:\s*(${VERSION})`, 'i');
/** `Running upgrade 41 -> 42, add a column`; a merge has several on one side, the first migration none. */
const ALEMBIC = new RegExp(String.raw`\bRunning (upgrade|downgrade)\s[^>]*->\s*(${VERSION})?[^,]*(?:,|$)`);

function markerIn(line: string): Marker | undefined {
  const ours = OURS.exec(line)?.[1];
  if (ours !== undefined) return { version: ours, down: false };
  const [found, direction, version = 'base'] = ALEMBIC.exec(line) ?? [];
  return found === undefined ? undefined : { version, down: direction === 'downgrade' };
}

/** What the last line says that says anything. */
export function lastMarker(lines: readonly string[]): Marker | undefined {
  for (const line of lines.toReversed()) {
    const marker = markerIn(line);
    if (marker) return marker;
  }
  return undefined;
}
