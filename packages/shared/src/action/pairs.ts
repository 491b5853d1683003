export type PairProblem = { entry: number; problem: 'no-key' | 'no-value' | 'unfinished-escape' | 'twice' };

/** U+2028 and U+2029 are line ends to deploy-cloudrun as well. */
const SEPARATORS = new Set([',', '\n', '\r', '\u2028', '\u2029']);

/**
 * Reads `KEY=VALUE` pairs separated by commas or line ends, with the escaping of google-github-actions/deploy-cloudrun
 * (`parseKVString` of google-github-actions/actions-utils): a backslash takes the next character as it is; keys and
 * values are trimmed; `{}` is the empty set. Where deploy-cloudrun would guess, this reports: an entry without `=`
 * (most often an unescaped comma in a value) and a key given twice. Problems name entries by number, since their text
 * may be a secret.
 */
export function parsePairs(text: string): { pairs: Record<string, string>; problems: PairProblem[] } {
  const pairs = new Map<string, string>();
  const problems: PairProblem[] = [];
  let entry = 1;
  let key = '';
  let value: string | undefined;

  const endEntry = () => {
    const name = key.trim();
    if (name !== '' || value !== undefined) {
      if (name === '') problems.push({ entry, problem: 'no-key' });
      else if (value === undefined) problems.push({ entry, problem: 'no-value' });
      else if (pairs.has(name)) problems.push({ entry, problem: 'twice' });
      else pairs.set(name, value.trim());
      entry += 1;
    }
    key = '';
    value = undefined;
  };
  const add = (character: string) => {
    if (value === undefined) key += character;
    else value += character;
  };

  const characters = [...(text.trim() === '{}' ? '' : text)];
  for (let i = 0; i < characters.length; i++) {
    const character = characters[i] ?? '';
    if (character === '\\') {
      i += 1;
      const escaped = characters[i];
      if (escaped === undefined) problems.push({ entry, problem: 'unfinished-escape' });
      else add(escaped);
    } else if (SEPARATORS.has(character)) {
      endEntry();
    } else if (character === '=' && value === undefined) {
      value = '';
    } else {
      add(character);
    }
  }
  endEntry();
  return { pairs: Object.fromEntries(pairs), problems };
}
