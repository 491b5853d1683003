import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { staleReadmes, writeReadmes } from '../readme/update.ts';

const ACTION = `
name: Ship it
description: Ships a | container
inputs:
  image: { description: "What to ship.", required: true }
  steps: { description: "First line.\\nSecond | line.", default: "10\\n50" }
outputs:
  url: { description: Where it is }
runs: { using: node24, main: dist/index.js }
`;
const MARKERS = '# Ship\n<!-- inputs -->old<!-- /inputs -->\ntext\n<!-- outputs --><!-- /outputs -->\nend\n';

function repository(files: Record<string, string>): string {
  const root = mkdtempSync(join(tmpdir(), 'readme-'));
  onTestFinished(() => rmSync(root, { recursive: true }));
  mkdirSync(join(root, 'actions/ship'), { recursive: true });
  mkdirSync(join(root, 'actions/not-an-action'));
  for (const [path, text] of Object.entries(files)) writeFileSync(join(root, path), text);
  return root;
}

test('fills the tables from action.yml and leaves the rest', () => {
  const root = repository({ 'actions/ship/action.yml': ACTION, 'actions/ship/README.md': MARKERS });
  writeReadmes(root, staleReadmes(root));
  expect(readFileSync(join(root, 'actions/ship/README.md'), 'utf8')).toBe(`# Ship
<!-- inputs -->
| Input | Required | Default | Description |
| --- | --- | --- | --- |
| \`image\` | yes |  | What to ship. |
| \`steps\` |  | \`10\`<br>\`50\` | First line.<br>Second \\| line. |
<!-- /inputs -->
text
<!-- outputs -->
| Output | Description |
| --- | --- |
| \`url\` | Where it is |
<!-- /outputs -->
end
`);
});

test('lists the actions in the root README where it has the markers', () => {
  const root = repository({
    'actions/ship/action.yml': ACTION,
    'actions/ship/README.md': MARKERS,
    'README.md': '# Root\n<!-- actions -->\n<!-- /actions -->\n',
  });
  const readme = staleReadmes(root).find(({ file }) => file === 'README.md');
  expect(readme?.updated).toContain('| [`ship`](actions/ship/README.md) | Ship it | Ships a \\| container |');
});

test('names the files that do not match, and none once they are written', () => {
  const root = repository({
    'actions/ship/action.yml': ACTION,
    'actions/ship/README.md': MARKERS,
    'README.md': '# No markers\n',
  });
  const stale = staleReadmes(root);
  expect(stale.map(({ file }) => file)).toEqual(['actions/ship/README.md']);
  writeReadmes(root, stale);
  expect(staleReadmes(root)).toEqual([]);
});

test.each([
  ['has no README', {}, 'actions/ship/README.md is missing'],
  [
    'lacks a marker',
    { 'actions/ship/README.md': '<!-- inputs --><!-- /inputs -->' },
    'actions/ship/README.md lacks the markers <!-- outputs --> and <!-- /outputs -->',
  ],
])('says so when an action %s', (_what, files, message) => {
  const root = repository({ 'actions/ship/action.yml': ACTION, ...files });
  expect(() => staleReadmes(root)).toThrow(message);
});
