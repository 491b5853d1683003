import { expect, test } from 'vitest';
import { createLog, createMemoryLog, type Toolkit } from '../../src/action/log.ts';

function recorder(colours = false) {
  const calls: unknown[][] = [];
  const record =
    (name: string) =>
    (...args: unknown[]) =>
      void calls.push([name, ...args]);
  const toolkit: Toolkit = {
    info: record('info'),
    debug: record('debug'),
    notice: record('notice'),
    warning: record('warning'),
    error: record('error'),
    group: (title, body) => {
      calls.push(['group', title]);
      return body();
    },
  };
  return { calls, log: createLog(toolkit, colours) };
}

test('text from outside is printed and not executed', () => {
  const { calls, log } = recorder();
  log.info('answer:\r\n::set-output name=url::https://evil.example');
  expect(calls).toEqual([['info', 'answer:\n| ::set-output name=url::https://evil.example']]);
});

test('a line keeps our colours and brings none from outside', () => {
  const { calls, log } = recorder(true);
  log.info([' 50 % | ', { text: 'failing', colour: 'red' }, ' | \u001b[32mhealthy\u001b[0m\r\n::error::x']);
  expect(calls).toEqual([['info', ' 50 % | \u001b[31mfailing\u001b[39m | healthy ::error::x']]);
});

test('a line whose parts together would be a command is printed and not executed', () => {
  const { calls, log } = recorder(true);
  log.info([':', { text: ':error::x', colour: 'red' }]);
  log.info(['##', { text: '[error]x', colour: 'red' }]);
  expect(calls).toEqual([
    ['info', '| ::error::x'],
    ['info', '## [error]x'],
  ]);
});

test('text from outside clears no screen, in a line, a title or an annotation', async () => {
  const { calls, log } = recorder();
  log.info('\u001b[2Ja\u0007b\u009b31mc\td');
  log.warning('\u001b]0;title\u0007x');
  await log.group('\u001b[1mDeploy', async () => {});
  expect(calls).toEqual([
    ['info', 'abc\td'],
    ['warning', 'x'],
    ['group', 'Deploy'],
  ]);
});

test('where no line can be drawn anew, how things stand is for debugging', () => {
  const { calls, log } = recorder(true);
  log.status(['waiting for ', { text: 'metrics', colour: 'cyan' }]);
  expect(calls).toEqual([['debug', 'waiting for metrics']]);
});

test('annotations are cut at the limit and keep their title', () => {
  const { calls, log } = recorder();
  log.error('e'.repeat(9000), { title: 'Rolled back' });
  log.warning('w'.repeat(9000));
  log.notice('n'.repeat(9000), { title: 'Promoted' });
  expect(calls.map(([, text]) => String(text).length)).toEqual([4096, 4096, 4096]);
  expect(calls.map(([name, , options]) => [name, options])).toEqual([
    ['error', { title: 'Rolled back' }],
    ['warning', undefined],
    ['notice', { title: 'Promoted' }],
  ]);
});

test('a group has a title of one line and answers what its body answers', async () => {
  const { calls, log } = recorder();
  expect(await log.group('Deploy\n::error::x', async () => 7)).toBe(7);
  expect(calls).toEqual([['group', 'Deploy ::error::x']]);
});

test('the memory log keeps what was said', async () => {
  const log = createMemoryLog();
  await log.group('Deploy', async () => log.info('one'));
  log.debug('two');
  log.warning('three');
  log.notice('four');
  log.error('five', { title: 'T' });
  expect(log.entries).toEqual([
    { level: 'group', text: 'Deploy' },
    { level: 'info', text: 'one' },
    { level: 'debug', text: 'two' },
    { level: 'warning', text: 'three' },
    { level: 'notice', text: 'four' },
    { level: 'error', text: 'five', title: 'T' },
  ]);
});
