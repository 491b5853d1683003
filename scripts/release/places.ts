import { posix } from 'node:path';
import type { Publication, PublishedFile } from './files.ts';
import { rewriteLinks } from './links.ts';
import type { Version } from './version.ts';

/** The owner of what is published, in `uses:` and on the web. */
export const OWNER = 'apex';
const PUBLISHED = `https://github.com/${OWNER}`;

/** Shown in place where they are linked, which a page about the file is not. */
const IMAGE = /\.(?:gif|jpe?g|png|svg|webp)$/i;

export interface Places {
  readonly version: Version;
  readonly source: { readonly url: string; readonly commit: string };
  /** The files of this repository. */
  readonly sourceFiles: readonly string[];
  readonly publications: readonly Publication[];
}

/**
 * A README as it reads in the published repository, which has none of the folders around it. A link to what is published with
 * it stays relative, one to what another repository of the release has leads there, and any other to the sources.
 */
export function publishedReadme(readme: PublishedFile, own: Publication, places: Places): Buffer {
  const text = rewriteLinks(readme.content.toString('utf8'), (target) => {
    const [, path = '', suffix = ''] = /^([^?#]*)(.*)$/s.exec(target) ?? [];
    const found = placeOf(sourcePath(path, target, readme.source), own, places);
    if (found === undefined) {
      throw new Error(`${readme.source} links to ${target}, which is not there. Nothing was pushed.`);
    }
    return `${found}${suffix}`;
  });
  return Buffer.from(text);
}

function sourcePath(path: string, target: string, readme: string): string {
  const from = path.startsWith('/') ? '.' : posix.dirname(readme);
  const resolved = posix.join(from, decoded(path)).replace(/^\/|\/$/g, '');
  if (resolved === '..' || resolved.startsWith('../')) {
    throw new Error(`${readme} links to ${target}, which is outside of the repository. Nothing was pushed.`);
  }
  return resolved;
}

/** A target with a lone percent sign means itself. */
function decoded(path: string): string {
  try {
    return decodeURIComponent(path);
  } catch {
    return path;
  }
}

function placeOf(path: string, own: Publication, places: Places): string | undefined {
  const within = own.files.find(({ source }) => source === path);
  if (within !== undefined) return encodeURI(within.path);
  for (const { name, files } of places.publications) {
    const file = files.find(({ source }) => source === path);
    if (file !== undefined) {
      return `${PUBLISHED}/${name}/${view(file.path)}/${places.version.tag}/${encodeURI(file.path)}`;
    }
  }
  const { url, commit } = places.source;
  if (places.sourceFiles.includes(path)) return `${url}/${view(path)}/${commit}/${encodeURI(path)}`;
  if (path === '.' || places.sourceFiles.some((file) => file.startsWith(`${path}/`))) {
    return `${url}/tree/${commit}${path === '.' ? '' : `/${encodeURI(path)}`}`;
  }
  return undefined;
}

function view(path: string): string {
  return IMAGE.test(path) ? 'raw' : 'blob';
}
