import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { readActionYml } from '../src/action-yml.ts';

function read(yaml: string) {
  const directory = mkdtempSync(join(tmpdir(), 'action-yml-'));
  onTestFinished(() => rmSync(directory, { recursive: true }));
  writeFileSync(join(directory, 'action.yml'), yaml);
  return readActionYml(directory);
}

const HEAD = 'name: N\ndescription: D\n';

test('reads inputs in order, with defaults as text', () => {
  const action = read(
    `${HEAD}inputs:\n  b: { description: B, default: 10, required: true }\n  a:\nruns: { using: node24, main: m.js }\n`,
  );
  expect(action.inputs).toEqual([
    { name: 'b', description: 'B', required: true, default: '10' },
    { name: 'a', description: '', required: false, default: undefined },
  ]);
  expect(action.outputs).toEqual([]);
  expect(action.runs).toEqual({ using: 'node24', main: 'm.js', post: undefined });
});

test.each([
  [`${HEAD}runs: { using: node24 }`, 'runs.main must be a text'],
  [`${HEAD}runs: { using: node24, main: m.js, pre: p.js }`, 'runs.pre is not supported'],
  [`${HEAD}inputs: [a]\nruns: { using: node24, main: m.js }`, 'inputs must be a mapping'],
])('names what is wrong: %#', (yaml, message) => {
  expect(() => read(yaml)).toThrow(message);
});
