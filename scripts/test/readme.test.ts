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
  mkdirSync(join(root, 'workflows'));
  for (const [path, text] of Object.entries({ 'workflows/README.md': '', ...files })) {
    writeFileSync(join(root, path), text);
  }
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

const WORKFLOW = `
on:
  workflow_call:
    inputs:
      service: { description: What to ship., type: string, required: true }
      force: { description: Ship it anyway., type: boolean, default: false }
    secrets:
      TOKEN: { description: For the ship. }
    outputs:
      url: { description: Where it is., value: "" }
jobs:
  one:
    permissions:
      contents: read # to look
  two:
    permissions:
      contents: write # to ship
  three:
    permissions:
      contents: read # to look again
`;

test('fills the tables of the reusable workflows, with the permissions of all jobs', () => {
  const root = repository({
    'workflows/ship.yml': WORKFLOW,
    'workflows/README.md': '# Workflows\n<!-- ship.yml -->\n<!-- /ship.yml -->\n',
  });
  expect(staleReadmes(root).map(({ updated }) => updated)).toEqual([
    `# Workflows
<!-- ship.yml -->
| Input | Required | Type | Default | Description |
| --- | --- | --- | --- | --- |
| \`service\` | yes | string |  | What to ship. |
| \`force\` |  | boolean | \`false\` | Ship it anyway. |

| Secret | Description |
| --- | --- |
| \`TOKEN\` | For the ship. |

| Output | Description |
| --- | --- |
| \`url\` | Where it is. |

| Permission that the caller grants | For |
| --- | --- |
| \`contents: write\` | to ship |
<!-- /ship.yml -->
`,
  ]);
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
