/**
 * Publishes a version to the repositories of the actions, and then to that of the workflows, which names their commits:
 * `publish.ts [VERSION] --remote TEMPLATE [--dry-run]`. Needs no installed package, so that it can run where nothing else does.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { withBuildLock } from './bundle/lock.ts';
import { refuseStaleBundles, refuseUncommitted } from './release/checks.ts';
import { describe } from './release/describe.ts';
import { prepareRelease } from './release/prepare.ts';
import { pushRelease, tryRelease } from './release/push.ts';
import { remoteOf } from './release/remote.ts';
import { readSource, taggedVersion } from './release/source.ts';

const root = join(import.meta.dirname, '..');
const scratch = mkdtempSync(join(tmpdir(), 'apex-release-'));
try {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: { remote: { type: 'string' }, 'dry-run': { type: 'boolean', default: false } },
  });
  if (values.remote === undefined || positionals.length > 1) {
    throw new Error(
      'Usage: pnpm publish:release [VERSION] --remote https://HOST/OWNER/{name}.git [--dry-run]',
    );
  }
  const urlOf = remoteOf(values.remote);

  const prepared = await withBuildLock(root, async () => {
    const source = readSource(root);
    refuseUncommitted(source);
    const version = taggedVersion(source, positionals[0]);
    refuseStaleBundles(root);
    console.log(`${version.tag} of ${source.url}/tree/${source.commit}`);
    return prepareRelease(source, version, scratch, urlOf);
  });
  for (const each of prepared) console.log(describe(each));
  if (prepared.every(({ updates }) => updates.length === 0)) {
    throw new Error('All of it is published already. Nothing was pushed. A change needs a new version.');
  }
  tryRelease(prepared);
  if (values['dry-run'])
    console.log('Nothing was pushed: this was a dry run, and every push would be accepted.');
  else pushRelease(prepared, (line) => console.log(line));
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
} finally {
  rmSync(scratch, { recursive: true, force: true });
}
