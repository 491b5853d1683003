/** What the documents lead to is there, and what they tell people to type is a script. */
import { spawnSync } from 'node:child_process';
import { existsSync, globSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { expect, it } from 'vitest';
import { rewriteLinks } from '../release/links.ts';
import { root } from './support/examples.ts';

const documents = globSync('{*.md,{docs,actions,workflows,examples,packages}/**/*.md}', {
  cwd: root,
  exclude: ['**/node_modules/**', '**/dist/**'],
})
  .sort()
  .map((file) => ({ file, text: readFileSync(join(root, file), 'utf8') }));

/** The anchors that GitHub gives the headings of a text. */
function anchorsOf(text: string): string[] {
  return [...text.replaceAll(/^```.*?^```/gms, '').matchAll(/^#+ +(.*?) *$/gm)].map(([, heading = '']) =>
    heading
      .replaceAll(/\[([^\]]*)\]\([^)]*\)/g, '$1')
      .toLowerCase()
      .replaceAll(/[^\p{L}\p{N} _-]/gu, '')
      .replaceAll(' ', '-'),
  );
}

it.each(documents)('the links of $file lead to what is there', ({ file, text }) => {
  const targets: string[] = [...text.matchAll(/\]\((#[^)\s]+)\)/g)].map(([, target = '']) => target);
  rewriteLinks(text, (target) => {
    targets.push(target);
    return target;
  });
  const missing = targets.filter((target) => {
    const [path = '', anchor] = target.split('#');
    const found = path === '' ? file : join(dirname(file), decodeURI(path));
    if (!existsSync(join(root, found))) return true;
    if (!anchor || !found.endsWith('.md')) return false;
    return !anchorsOf(readFileSync(join(root, found), 'utf8')).includes(anchor);
  });
  expect(missing).toEqual([]);
});

const scripts = documents.flatMap(({ file, text }) =>
  [...text.matchAll(/^ *```sh\n(.*?)^ *```/gms)].map(([, script = ''], i) => ({ file, n: i + 1, script })),
);

it.each(scripts)('script $n of $file is one that bash reads', ({ script }) => {
  const { status, stderr } = spawnSync('bash', ['-n'], { input: script, encoding: 'utf8' });
  expect(stderr).toBe('');
  expect(status).toBe(0);
});
