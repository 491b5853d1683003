/** What a registry asks for with a 401. */
export type Challenge =
  | { scheme: 'basic' }
  | { scheme: 'bearer'; realm: string; parameters: URLSearchParams };

/**
 * Reads a `WWW-Authenticate` header: `Bearer realm="…",service="…",scope="…"`, or `Basic …`; `undefined` for others.
 * https://distribution.github.io/distribution/spec/auth/token/
 */
export function parseChallenge(header: string | null): Challenge | undefined {
  if (header === null) return undefined;
  if (/^basic\b/i.test(header)) return { scheme: 'basic' };
  if (!/^bearer\s/i.test(header)) return undefined;
  const parameters = new URLSearchParams();
  for (const [, name = '', quoted, bare] of header.matchAll(/([\w-]+)=(?:"([^"]*)"|([^\s,"]+))/g)) {
    parameters.set(name.toLowerCase(), quoted ?? bare ?? '');
  }
  const realm = parameters.get('realm');
  if (realm === null || !URL.canParse(realm)) return undefined;
  parameters.delete('realm');
  parameters.delete('error');
  return { scheme: 'bearer', realm, parameters };
}
