import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { build } from 'esbuild';
import { licencesText, packageDirectories } from './licences.ts';

const SOURCE = 'packages/report/src';
/** Beside the compiled module that reads it, where ncc finds it. */
const PAGE = 'packages/shared/build/report/report.html';

export type Page = {
  html: string /** The folders of the packages that are in it. */;
  packages: readonly string[];
};

/** The page of the reports in one file: script and style are allowed by their hashes, and nothing else is. */
export async function renderReportPage(root: string): Promise<Page> {
  const result = await build({
    absWorkingDir: root,
    entryPoints: [`${SOURCE}/main.ts`, `${SOURCE}/style.css`],
    outdir: 'unused',
    bundle: true,
    minify: true,
    format: 'iife',
    // Three years of browsers.
    target: ['chrome110', 'firefox115', 'safari16.4'],
    legalComments: 'none',
    metafile: true,
    write: false,
  });
  const textOf = (ending: string) =>
    result.outputFiles.find(({ path }) => path.endsWith(ending))?.text.trim() ?? '';
  const [script, style] = [textOf('.js'), textOf('.css')];
  const packages = packageDirectories(Object.keys(result.metafile.inputs).map((file) => join(root, file)));
  const policy = [
    "default-src 'none'",
    `script-src '${hashOf(script)}'`,
    `style-src '${hashOf(style)}'`,
    "base-uri 'none'",
    "form-action 'none'",
  ].join('; ');
  // What is in the script asks for its licence in every copy.
  const licences = `<!--\n${licencesText(packages).replaceAll('--', '- -')}-->`;
  const parts: Readonly<Record<string, string>> = {
    POLICY: policy,
    '/* STYLE */': style,
    '/* SCRIPT */': script,
    '<!-- LICENCES -->': licences,
  };
  const html = Object.entries(parts).reduce(
    (page, [place, text]) => page.replace(place, () => text),
    readFileSync(join(root, SOURCE, 'page.html'), 'utf8'),
  );
  return { html, packages };
}

function hashOf(text: string): string {
  return `sha256-${createHash('sha256').update(text).digest('base64')}`;
}

/** Puts the page where the bundles take it from. Returns the folders of the packages that are in it. */
export async function buildReportPage(root: string): Promise<readonly string[]> {
  const { html, packages } = await renderReportPage(root);
  const file = join(root, PAGE);
  mkdirSync(join(file, '..'), { recursive: true });
  writeFileSync(file, html);
  return packages;
}
