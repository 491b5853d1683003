import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';

const ACTION_YML = `
name: Fixture
description: An action for tests
inputs:
  greeting: { description: What to say, default: hello }
  dry run: { description: With a space, default: false }
  nothing: { description: No default }
  token: { description: The token, default: '\${{ github.token }}' }
outputs:
  answer: { description: What came back }
runs:
  using: node24
  main: main.js
`;

/** A folder with an action whose main and post are the given scripts (CommonJS); gone after the test. */
export function fixtureAction({ main, post }: { main: string; post?: string }): string {
  const directory = mkdtempSync(join(tmpdir(), 'fixture-action-'));
  onTestFinished(() => rmSync(directory, { recursive: true }));
  const runsPost = post === undefined ? '' : '  post: post.js\n';
  writeFileSync(join(directory, 'action.yml'), ACTION_YML + runsPost);
  writeFileSync(join(directory, 'package.json'), '{"type":"commonjs"}');
  writeFileSync(join(directory, 'main.js'), main);
  if (post !== undefined) writeFileSync(join(directory, 'post.js'), post);
  return directory;
}
