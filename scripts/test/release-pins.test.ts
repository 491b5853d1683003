import { expect, test } from 'vitest';
import { pinActions } from '../release/pins.ts';
import { parseVersion, type Version } from '../release/version.ts';

const COMMIT = 'a'.repeat(40);
const COMMITS = new Map([
  ['rollback', COMMIT],
  ['workflows', COMMIT],
]);
const VERSION = parseVersion('v1.2.3') as Version;
const pin = (text: string): string => pinActions(text, 'workflows/x.yml', COMMITS, VERSION);

test.each([
  ['a step', '    - uses: apex/rollback@v1', `    - uses: apex/rollback@${COMMIT} # v1.2.3`],
  ['a named step', '      uses: apex/rollback@v1', `      uses: apex/rollback@${COMMIT} # v1.2.3`],
  ['one in quotes', `uses: 'apex/rollback@v1'`, `uses: apex/rollback@${COMMIT} # v1.2.3`],
  [
    'a job',
    '    uses: apex/workflows/.github/workflows/deploy.yml@v1',
    `    uses: apex/workflows/.github/workflows/deploy.yml@${COMMIT} # v1.2.3`,
  ],
  ['one with a comment', 'uses: apex/rollback@v1 # for now', `uses: apex/rollback@${COMMIT} # v1.2.3`],
])('names the commit in %s', (_what, line, expected) => {
  expect(pin(`on: push\n${line}\n`)).toBe(`on: push\n${expected}\n`);
});

test.each([
  'uses: actions/checkout@08c6903cd8c0fde910a37f88322edcfb5dd907a8 # v5.0.0',
  '# uses: apex/workflows/.github/workflows/deploy.yml@v1',
  'name: Deploy # as apex/rollback@v1 does',
  'uses: ./.github/workflows/deploy.yml',
  'uses: myapex/rollback@v1',
])('leaves "%s" alone', (line) => {
  expect(pin(line)).toBe(line);
});

test.each([
  ['uses: apex/gone@v1', 'workflows/x.yml:1 uses apex/gone, which is not in this release'],
  ['uses: apex/rollback@v2', 'uses apex/rollback@v2, but v1.2.3 is released'],
  ['uses: apex/rollback@main', 'uses apex/rollback@main, but v1.2.3 is released'],
  ['- { uses: apex/rollback@v1 }', 'names an action of ours where a release cannot put its commit'],
  ['"uses": apex/rollback@v1', 'names an action of ours where a release cannot put its commit'],
  ['uses: apex/rollback/sub@v1', 'names an action of ours where a release cannot put its commit'],
  ['uses: apex/workflows/deploy.yml@v1', 'where a release cannot put its commit'],
])('does not publish "%s"', (line, message) => {
  expect(() => pin(line)).toThrow(message);
});
