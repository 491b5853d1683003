import { expect, it } from 'vitest';
import { explainBuild } from '../src/build-error.ts';

it('takes the last words where docker shows no step', () => {
  const lines = ['#1 something', 'ERROR: failed to build: failed to solve: no space left on device'];
  expect(explainBuild(lines)).toEqual({ message: 'no space left on device', line: undefined, output: lines });
});

it('keeps the last twenty lines of the step that failed', () => {
  const words = Array.from({ length: 50 }, (_, i) => `1.0 word ${i}`);
  const lines = [
    '------',
    ' > [2/2] RUN x:',
    ...words,
    '------',
    'Dockerfile:7',
    '--------------------',
    '   7 | >>> RUN x',
    '--------------------',
    'ERROR: failed to solve: exit code: 1',
  ];
  expect(explainBuild(lines)).toEqual({ message: 'exit code: 1', line: 7, output: words.slice(-20) });
});

it('makes something of silence', () => {
  expect(explainBuild([])).toEqual({ message: 'docker said nothing', line: undefined, output: [] });
});
