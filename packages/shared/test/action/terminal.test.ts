import { expect, test } from 'vitest';
import { createTerminalLog } from '../../src/action/terminal.ts';

const CLEAR = '\r\u001b[2K';

function terminal(columns = 40) {
  const written: string[] = [];
  const log = createTerminalLog({ columns, write: (text) => written.push(text) }, false);
  return { log, written: () => written.join('') };
}

test('how things stand is drawn anew in one line, and what is said comes in its place', () => {
  const { log, written } = terminal();
  log.status(['one']);
  log.status(['two']);
  log.info('said');
  log.info('more');
  expect(written()).toBe(`one${CLEAR}two${CLEAR}said\nmore\n`);
});

test('a warning comes above the line that is drawn anew', () => {
  const { log, written } = terminal();
  log.status(['one']);
  log.warning('look');
  expect(written()).toBe(`one${CLEAR}warning: look\none`);
});

test('a line that is drawn anew never wraps', () => {
  const { log, written } = terminal(10);
  log.status(['12345', { text: '67890', colour: 'red' }, '12345']);
  expect(written()).toBe('123456789');
});

test('a terminal that does not know its width is taken for one of 80 columns', () => {
  const { log, written } = terminal(0);
  log.status(['x'.repeat(100)]);
  expect(written()).toBe('x'.repeat(79));
});

test('a group is a title with what belongs to it below, and leaves no line behind', async () => {
  const { log, written } = terminal();
  await log.group('Deploy', async () => {
    log.info('one\ntwo');
    log.status(['waiting']);
  });
  log.info('three');
  expect(written()).toBe(`Deploy\n  one\n  two\n  waiting${CLEAR}three\n`);
});
