import fc from 'fast-check';
import { expect, test } from 'vitest';
import { annotation, defuse } from '../../src/action/workflow-commands.ts';

/** Whether the runner would carry out a line, if it knew every command (ActionCommand.cs of actions/runner). */
function isCommand(line: string): boolean {
  const trimmed = line.trimStart();
  const isNew = trimmed.startsWith('::') && trimmed.indexOf('::', 2) >= 0;
  const old = line.indexOf('##[');
  return isNew || (old >= 0 && line.indexOf(']', old) >= 0);
}

/** Lines as the runner reads them from the process. */
function linesOf(output: string): string[] {
  return output.split(/\r\n|\r|\n/);
}

test.each([
  ['::error::x', '| ::error::x'],
  ['  \t::add-mask::x', '|   \t::add-mask::x'],
  ['\u00a0\u3000::error::x', '| \u00a0\u3000::error::x'],
  ['\u200b:\u00ad:error::x', '| \u200b:\u00ad:error::x'],
  ['ok\n::error::x\nok', 'ok\n| ::error::x\nok'],
  ['progress\r::error::x', 'progress\n| ::error::x'],
  ['##[error]x', '## [error]x'],
  ['in the middle ##[add-mask]e', 'in the middle ## [add-mask]e'],
  ['std::vector and a :: b', 'std::vector and a :: b'],
  ['# heading', '# heading'],
  ['\u001b[31m::error::x', '| ::error::x'],
  ['#\u0007#[error]x', '## [error]x'],
  ['\u001b[\u001b[31m2Jx', '[2Jx'],
])('%j is printed as %j', (text, expected) => {
  expect(defuse(text)).toBe(expected);
});

test('no text becomes a command', () => {
  const pieces = fc.constantFrom(
    '::',
    ':',
    '#',
    '[',
    ']',
    '##[',
    'error',
    ' ',
    '\t',
    '\r',
    '\n',
    '\u200b',
    'x=1',
  );
  const texts = fc.oneof(
    fc.string(),
    fc.array(pieces).map((parts) => parts.join('')),
  );
  fc.assert(
    fc.property(texts, (text) => {
      expect(linesOf(defuse(text)).filter(isCommand)).toEqual([]);
    }),
  );
});

test('a text without commands stays as it is', () => {
  fc.assert(
    fc.property(fc.string({ unit: fc.constantFrom('a', ' ', ':', 'b', '\n') }), (text) => {
      fc.pre(!/^\s*:\s*:/m.test(text));
      expect(defuse(text)).toBe(text);
    }),
  );
});

test('an annotation ends visibly at the limit, and never inside a character', () => {
  expect(annotation('x'.repeat(4096))).toBe('x'.repeat(4096));
  expect(annotation('x'.repeat(4097))).toBe(`${'x'.repeat(4095)}…`);
  expect(annotation(`${'x'.repeat(4094)}😀😀`)).toBe(`${'x'.repeat(4094)}…`);
});
