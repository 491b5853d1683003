import type { InputReader } from '../action/inputs.ts';
import { readChecks } from '../smoke/checks-input.ts';
import type { Verification } from './health.ts';

/** The inputs `health-path` and `verify`. */
export function readVerification(
  reader: InputReader,
  env: Readonly<Record<string, string | undefined>>,
): Verification {
  const healthPath = reader.requiredText('health-path');
  if (healthPath && !healthPath.startsWith('/')) {
    reader.problem('health-path', healthPath, 'a path that starts with `/`');
  }
  return { healthPath, verify: readChecks(reader, 'verify', 'either', {}, env) };
}
