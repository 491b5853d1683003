/**
 * The values that the log must not show. The runner masks some encodings of a value too (base64, URL, JSON);
 * this one masks only what was asked for, so that a test finds a derived form that nobody masked.
 */
export class Masks {
  private readonly values = new Set<string>();

  add(value: string): void {
    this.values.add(value);
    for (const line of value.split(/\r\n|\r|\n/)) {
      if (line.trim() !== '') this.values.add(line);
    }
  }

  list(): string[] {
    return [...this.values];
  }

  /** Masks that overlap or touch become one `***`, so that no part of either is left over. */
  apply(text: string): string {
    const spans: { start: number; end: number }[] = [];
    for (const value of this.values) {
      for (let at = text.indexOf(value); at >= 0; at = text.indexOf(value, at + 1)) {
        spans.push({ start: at, end: at + value.length });
      }
    }
    spans.sort((a, b) => a.start - b.start);
    let visible = '';
    let shownUpTo = 0;
    for (const [index, span] of spans.entries()) {
      if (index === 0 || span.start > shownUpTo) visible += `${text.slice(shownUpTo, span.start)}***`;
      shownUpTo = Math.max(shownUpTo, span.end);
    }
    return visible + text.slice(shownUpTo);
  }
}
