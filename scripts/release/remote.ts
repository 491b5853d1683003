import { isAbsolute } from 'node:path';

const NAME = '{name}';

/** The URL of each repository. Throws for a template that would hand a credential around, or reach another kind of place. */
export function remoteOf(template: string): (name: string) => string {
  if (!template.includes(NAME)) {
    throw new Error(`--remote must have ${NAME} where the name of the repository goes. Nothing was pushed.`);
  }
  if (!isAbsolute(template)) refuseUnlessPlain(template);
  return (name) => template.replaceAll(NAME, name);
}

/** Does not repeat the URL, which may hold the credential that it is refused for. */
function refuseUnlessPlain(template: string): void {
  const url = URL.parse(template);
  if (url === null || (url.protocol !== 'https:' && url.protocol !== 'ssh:')) {
    throw new Error(
      '--remote must begin with https:// or ssh://, or be the absolute path of a folder. Nothing was pushed.',
    );
  }
  if (url.password !== '' || (url.protocol === 'https:' && url.username !== '')) {
    throw new Error(
      '--remote holds a credential, which everyone who sees the command or its log could read. Nothing was pushed. Withdraw the credential, and give the next one to git by a credential helper.',
    );
  }
}
