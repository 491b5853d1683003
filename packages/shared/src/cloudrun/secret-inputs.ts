import type { InputReader } from '../action/inputs.ts';
import type { SecretReference } from './release.ts';

/** The input `secrets`: `KEY=secret:version`, the latest version where none is given. */
export function readSecrets(reader: InputReader): Record<string, SecretReference> {
  const references: Record<string, SecretReference> = {};
  for (const [name, value] of Object.entries(reader.pairs('secrets') ?? {})) {
    const match = /^([\w/-]+?)(?::(\w+))?$/.exec(value);
    if (name.startsWith('/')) {
      reader.problem('secrets', name, 'environment variables; a secret as a file is a volume in `spec`');
    } else if (!match?.[1]) {
      reader.problem('secrets', name, '`KEY=secret:version`, with the name of a secret');
    } else {
      references[name] = { secret: match[1], version: match[2] ?? 'latest' };
    }
  }
  return references;
}

/** A variable is either a value or a secret. */
export function refuseDoubles(
  reader: InputReader,
  env: Readonly<Record<string, string>>,
  secrets: Readonly<Record<string, SecretReference>>,
): void {
  for (const name of Object.keys(env).filter((key) => key in secrets)) {
    reader.problem('env-vars', name, 'a variable that `secrets` does not set as well');
  }
}
