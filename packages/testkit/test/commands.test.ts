import { expect, test } from 'vitest';
import { CommandProcessor } from '../src/commands.ts';
import { LineSplitter } from '../src/lines.ts';
import { Masks } from '../src/masks.ts';

function process(output: string, showDebug = false) {
  const log: string[] = [];
  const masks = new Masks();
  const commands = new CommandProcessor(masks, showDebug, (line) => log.push(line));
  const splitter = new LineSplitter((line) => commands.line(line));
  splitter.push(output);
  splitter.end();
  return { commands, masks: masks.list(), log };
}

test('annotations keep their title and place, and are unescaped', () => {
  const { commands, log } = process(
    '::error title=Roll%3Aback%2C now,file=a.ts::50%25 of%0Ausers\n::warning::careful\n::notice::%250A\n',
  );
  expect(commands.annotations).toEqual([
    { level: 'error', message: '50% of\nusers', title: 'Roll:back, now', file: 'a.ts' },
    { level: 'warning', message: 'careful' },
    { level: 'notice', message: '%0A' },
  ]);
  expect(log).toEqual(['##[error]50% of\nusers', '##[warning]careful', '##[notice]%0A']);
});

test('debug shows only where debugging is on', () => {
  expect(process('::debug::x\n').log).toEqual([]);
  expect(process('::debug::x\n', true).log).toEqual(['##[debug]x']);
});

test('a mask hides the whole value and each of its lines, from then on', () => {
  const { log, masks } = process('key one\n::add-mask::one%0Atwo\nkey one two\n');
  expect(log).toEqual(['key one', 'key *** ***']);
  expect(masks).toEqual(['one\ntwo', 'one', 'two']);
});

test('overlapping masks leave nothing of either', () => {
  expect(process('::add-mask::abcd\n::add-mask::cdef\n-abcdef-abcd-\n').log).toEqual(['-***-***-']);
});

test('an empty mask is a warning', () => {
  expect(process('::add-mask:: \n').commands.annotations[0]?.level).toBe('warning');
});

test('text between stop-commands and its token is shown and not carried out', () => {
  const { commands, log } = process(
    '::stop-commands::T0ken\n::error::not mine\n::set-output name=a::b\n::t0ken::\n::error::mine\n',
  );
  expect(commands.annotations).toEqual([{ level: 'error', message: 'mine' }]);
  expect(commands.outputs).toEqual({});
  expect(log).toContain('::error::not mine');
});

test('a stop token that is itself a command is refused', () => {
  const { commands } = process('::stop-commands::error\n::error::still on\n');
  expect(commands.failed).toBe(true);
  expect(commands.annotations.at(-1)?.message).toBe('still on');
});

test.each([
  ['at the start', '::set-output name=a::b'],
  ['after white space', ' \t\u0085::set-output name=a::b'],
  ['after a lone carriage return', 'text\r::set-output name=a::b'],
  ['in the old notation anywhere in a line', 'text ##[set-output name=a]b'],
  ['in any case', '::SET-OUTPUT name=a::b'],
])('untrusted text is carried out as a command %s', (_where, text) => {
  expect(process(`${text}\n`).commands.outputs).toEqual({ a: 'b' });
});

test.each([
  ['behind other text', 'text ::error::x'],
  ['without its end', '::error x'],
  ['with an unknown name', '::launch::x'],
  ['as a prefix of a C++ name', '::std::error::x'],
])('text is only shown %s', (_where, text) => {
  const { commands, log } = process(`${text}\n`);
  expect(commands.annotations).toEqual([]);
  expect(log).toEqual([text]);
});

test.each(['::set-env name=A::b', '::add-path::/opt'])('%s is disabled and fails the step', (line) => {
  expect(process(`${line}\n`).commands.failed).toBe(true);
});

test('lines end at CR LF that came in two chunks only once', () => {
  const lines: string[] = [];
  const splitter = new LineSplitter((line) => lines.push(line));
  for (const chunk of ['a\r', '\nb\rc', '\n', '\nd\r']) splitter.push(chunk);
  splitter.end();
  expect(lines).toEqual(['a', 'b', 'c', '', 'd']);
});
