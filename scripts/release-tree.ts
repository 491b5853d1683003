/**
 * Writes the trees that a release publishes, each to a folder of its own: `release-tree.ts DIR [VERSION] [--remote TEMPLATE]`.
 * Without a remote they are those of a first release, and the commits that the workflows name have no parents. Pushes nothing.
 */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { withBuildLock } from './bundle/lock.ts';
import { refuseStaleBundles, refuseUsedDirectory } from './release/checks.ts';
import { describe } from './release/describe.ts';
import { prepareRelease } from './release/prepare.ts';
import { remoteOf } from './release/remote.ts';
import { readSource } from './release/source.ts';
import { parseVersion } from './release/version.ts';

/** For a look at the trees of a commit that no version names. */
const PREVIEW = 'v1.0.0-preview';

const root = join(import.meta.dirname, '..');
const scratch = mkdtempSync(join(tmpdir(), 'apex-release-'));
try {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: { remote: { type: 'string' } },
  });
  const [directory, wanted, ...others] = positionals;
  if (directory === undefined || others.length > 0) {
    throw new Error('Usage: pnpm release:tree DIR [VERSION] [--remote https://HOST/OWNER/{name}.git]');
  }
  const target = resolve(directory);
  refuseUsedDirectory(target);
  const urlOf = values.remote === undefined ? () => undefined : remoteOf(values.remote);

  await withBuildLock(root, async () => {
    const source = readSource(root);
    const tag = wanted ?? (source.versions.length === 1 ? source.versions[0]?.tag : undefined) ?? PREVIEW;
    const version = parseVersion(tag);
    if (version === undefined) throw new Error(`${tag} is no version such as v1.2.3 or v1.3.0-rc.1.`);
    refuseStaleBundles(root);
    console.log(`${version.tag} of ${source.url}/tree/${source.commit}`);
    if (source.uncommitted.length > 0) {
      console.log('with changes that are in no commit; they would not be published');
    }
    for (const prepared of prepareRelease(source, version, scratch, urlOf)) {
      for (const { path, content } of prepared.files) {
        const file = join(target, prepared.name, path);
        mkdirSync(dirname(file), { recursive: true });
        writeFileSync(file, content);
      }
      console.log(describe(prepared));
    }
  });
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
} finally {
  rmSync(scratch, { recursive: true, force: true });
}
