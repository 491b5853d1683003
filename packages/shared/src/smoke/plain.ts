/** Characters that move the cursor, end a line or turn the direction of writing. */
const UNSEEN = /[\p{Cc}\p{Zl}\p{Zp}\p{Bidi_C}\ufeff]/gu;
const SHORT: Readonly<Record<string, string>> = { '\n': '\\n', '\r': '\\r', '\t': '\\t' };

function escaped(character: string): string {
  return SHORT[character] ?? `\\u${(character.codePointAt(0) ?? 0).toString(16).padStart(4, '0')}`;
}

/** Text from outside in one line, with escapes in place of control characters. */
function plain(text: string): string {
  return text.toWellFormed().replace(UNSEEN, escaped);
}

/** As `plain`, cut visibly and never inside a character. Secrets are taken out before: half of one would stay. */
export function excerpt(text: string, longest = 500): string {
  // What is cut off need not be escaped; every character becomes one or more.
  const line = plain(text.slice(0, longest + 1));
  return line.length > longest ? `${line.slice(0, longest - 1).replace(/[\uD800-\uDBFF]$/, '')}…` : line;
}
