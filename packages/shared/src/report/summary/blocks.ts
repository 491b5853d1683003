/** What one summary of ours takes at most, in UTF-8: a job has many steps, and pages that long are not read. */
export const MAX_SUMMARY_BYTES = 65_536;

const CUT = '*The rest was left out: this summary would be over 64 KiB.*';

/** Blocks of Markdown with an empty line between them: as many whole ones, from the first, as fit, and a note for the others. */
export function assemble(blocks: readonly string[], maxBytes = MAX_SUMMARY_BYTES): string {
  const kept: string[] = [];
  const text = (more: readonly string[]) => `${[...kept, ...more].join('\n\n')}\n`;
  const fits = (more: readonly string[]) => Buffer.byteLength(text(more)) <= maxBytes;
  const given = blocks.filter((block) => block !== '');
  if (fits(given)) return text(given);
  for (const block of given) {
    if (!fits([block, CUT])) break;
    kept.push(block);
  }
  return text([CUT]);
}

/** A text of at most `length` characters, cut visibly and never inside a character. */
export function shorten(text: string, length: number): string {
  if (text.length <= length) return text;
  return `${text.slice(0, length - 1).replace(/[\uD800-\uDBFF]$/, '')}…`;
}

/** At most `most` of the items, the first and the last among them, the others evenly spaced. */
export function thin<T>(items: readonly T[], most: number): T[] {
  if (items.length <= most) return [...items];
  return Array.from(
    { length: most },
    (_, i) => items[Math.round((i * (items.length - 1)) / (most - 1))] as T,
  );
}
