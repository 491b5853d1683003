export type PairProblem = {
  /** Counts from 1. Problems name entries by number, since their text may be a secret. */
  entry: number;
  problem: 'no-key' | 'no-value' | 'unfinished-escape' | 'unfinished-quote' | 'twice';
};

type Pairs = { pairs: Record<string, string>; problems: PairProblem[] };

/** U+2028 and U+2029 are line ends to deploy-cloudrun as well. */
const SEPARATORS = new Set([',', '\n', '\r', '\u2028', '\u2029']);

/**
 * Reads `KEY=VALUE` pairs separated by commas or line ends, with the escaping of google-github-actions/deploy-cloudrun
 * (`parseKVString` of google-github-actions/actions-utils): a backslash takes the next character as it is; keys and
 * values are trimmed; `{}` is the empty set. Where deploy-cloudrun would guess, this reports: an entry without `=`
 * (most often an unescaped comma in a value) and a key given twice.
 */
export function parsePairs(text: string): Pairs {
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

const LINE = /[^\S\r\n]*(?:"((?:[^"]|"")*)"[^\S\r\n]*|([^\r\n]*))(?:\r\n|[\r\n]|$)/g;

/**
 * Reads one `KEY=VALUE` a line, as docker/build-push-action does: a value is what stands behind the first `=`, commas,
 * quotes and backslashes included, since it may come from an expression where nobody can escape it. An entry of several
 * lines stands in double quotes, with those inside it doubled, as in CSV.
 * @param otherwise the value of a key that stands alone
 */
export function parseLines(text: string, otherwise: (key: string) => string | undefined): Pairs {
  const pairs = new Map<string, string>();
  const problems: PairProblem[] = [];
  const entries = [...text.matchAll(LINE)]
    .map(([, quoted, plain = '']) => quoted?.replaceAll('""', '"') ?? plain.trim())
    .filter((entry) => entry !== '');
  for (const [i, text] of entries.entries()) {
    const end = text.indexOf('=');
    const name = (end < 0 ? text : text.slice(0, end)).trim();
    const value = end < 0 ? otherwise(name) : text.slice(end + 1);
    const problem = (kind: PairProblem['problem']) => problems.push({ entry: i + 1, problem: kind });
    if (name === '') problem('no-key');
    else if (name.startsWith('"')) problem('unfinished-quote');
    else if (value === undefined) problem('no-value');
    else if (pairs.has(name)) problem('twice');
    else pairs.set(name, value);
  }
  return { pairs: Object.fromEntries(pairs), problems };
}
