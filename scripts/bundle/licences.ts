import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

interface BundledPackage {
  readonly name: string;
  readonly version: string;
  /** As package.json names it; undefined where it names none. */
  readonly licence: string | undefined;
  readonly texts: readonly string[];
}

const TEXT_FILE = /^(licen[cs]e|copying|notice)/i;
const NOT_SPDX = /^(UNLICENSED|SEE LICENSE)/i;
const SPDX_EXPRESSION = /^[\w.+() -]+$/;
const RULE = '-'.repeat(80);

/** The folders of the packages that the modules come from, each once; the repository's own files count for none. */
export function packageDirectories(moduleFiles: readonly string[]): string[] {
  const directories = moduleFiles.map(
    (file) => /^.*\/node_modules\/(?:@[^/]+\/)?[^/]+(?=\/)/.exec(file)?.[0],
  );
  return [...new Set(directories.filter((directory) => directory !== undefined))];
}

/**
 * The content of LICENSES.txt. Throws when a package neither ships the text of its licence nor names an SPDX licence.
 */
export function licencesText(directories: readonly string[]): string {
  const packages = new Map(directories.map(readPackage).map((bundled) => [idOf(bundled), bundled]));
  const unlicensed = [...packages].filter(([, bundled]) => !isLicensed(bundled)).map(([id]) => id);
  if (unlicensed.length > 0) {
    throw new Error(
      `Bundled without a licence text, and package.json names no SPDX licence: ${unlicensed.sort().join(', ')}`,
    );
  }
  const sections = [...packages].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, bundled]) => section(bundled));
  return sections.join(`\n${RULE}\n\n`);
}

function idOf({ name, version }: BundledPackage): string {
  return `${name}@${version}`;
}

function section(bundled: BundledPackage): string {
  const heading = bundled.licence === undefined ? idOf(bundled) : `${idOf(bundled)} (${bundled.licence})`;
  const texts = bundled.texts.length > 0 ? bundled.texts : ['The package ships no licence text.'];
  return `${heading}\n\n${texts.join('\n\n')}\n`;
}

function isLicensed({ licence, texts }: BundledPackage): boolean {
  if (texts.length > 0) return true;
  return licence !== undefined && !NOT_SPDX.test(licence) && SPDX_EXPRESSION.test(licence);
}

function readPackage(directory: string): BundledPackage {
  const file = join(directory, 'package.json');
  const manifest: Record<string, unknown> = JSON.parse(readFileSync(file, 'utf8'));
  const { name, version, license } = manifest;
  if (typeof name !== 'string' || typeof version !== 'string') {
    throw new Error(`${file} lacks a name or a version`);
  }
  const texts = readdirSync(directory, { withFileTypes: true })
    .filter((entry) => entry.isFile() && TEXT_FILE.test(entry.name))
    .map((entry) => entry.name)
    .sort()
    .map((entry) => readFileSync(join(directory, entry), 'utf8').replaceAll('\r\n', '\n').trim());
  return { name, version, licence: typeof license === 'string' ? license : undefined, texts };
}
