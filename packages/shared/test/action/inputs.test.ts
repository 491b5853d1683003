import { expect, test } from 'vitest';
import { ActionError } from '../../src/action/errors.ts';
import { InputReader } from '../../src/action/inputs.ts';

/** A reader of inputs as the runner hands them over. */
function readerOf(inputs: Record<string, string>): InputReader {
  const variables = Object.entries(inputs).map(([name, value]) => [`INPUT_${name.toUpperCase()}`, value]);
  return new InputReader({ PATH: '/bin', ...Object.fromEntries(variables) });
}

function problemsOf(reader: InputReader): string {
  try {
    reader.finish();
  } catch (error) {
    if (error instanceof ActionError) return error.message;
    throw error;
  }
  return '';
}

test('every kind of input is read to its type', () => {
  const reader = readerOf({
    service: ' api ',
    spec: '\n  a: 1\n  b: 2\n\n',
    bake: '5m',
    'max-error-rate': '0.5%',
    'max-error-ratio': '1.5',
    retries: '3',
    push: 'True',
    'on-inconclusive': 'abort',
    tags: 'a, b\nc\n',
    steps: '5, 25,50',
    'env-vars': 'A=1,B=2',
    image: 'api:1',
  });
  expect({
    service: reader.requiredText('service'),
    spec: reader.multiline('spec'),
    bakeMs: reader.duration('bake', { min: 1000, max: 3_600_000 }),
    rate: reader.share('max-error-rate'),
    ratio: reader.ratio('max-error-ratio'),
    retries: reader.integer('retries', { min: 0 }),
    push: reader.boolean('push'),
    fallback: reader.oneOf('on-inconclusive', ['promote', 'abort']),
    tags: reader.list('tags'),
    steps: reader.integerList('steps', { min: 1, max: 100 }),
    env: reader.pairs('env-vars'),
    image: reader.pattern('image', /^\w+:\w+$/, 'a name and a tag'),
  }).toEqual({
    service: 'api',
    spec: '  a: 1\n  b: 2',
    bakeMs: 300_000,
    rate: 0.005,
    ratio: 1.5,
    retries: 3,
    push: true,
    fallback: 'abort',
    tags: ['a', 'b', 'c'],
    steps: [5, 25, 50],
    env: { A: '1', B: '2' },
    image: 'api:1',
  });
  expect(problemsOf(reader)).toBe('');
});

test('empty is absent', () => {
  const reader = readerOf({ a: '', b: '  \n ' });
  expect([
    reader.text('a'),
    reader.multiline('b'),
    reader.duration('a'),
    reader.share('a'),
    reader.ratio('a'),
  ]).toEqual(Array(5).fill(undefined));
  expect([
    reader.integer('a'),
    reader.boolean('a'),
    reader.oneOf('a', ['x']),
    reader.list('b'),
    reader.pairs('c'),
  ]).toEqual(Array(5).fill(undefined));
  expect([reader.integerList('a'), reader.pattern('a', /x/, 'x')]).toEqual([undefined, undefined]);
  expect(problemsOf(reader)).toBe('');
});

test('one error tells every problem: the input, what was given, what is accepted', () => {
  const reader = readerOf({
    bake: '5',
    timeout: '30s',
    rate: '5',
    ratio: '0.5',
    retries: '2.5',
    push: 'yes',
    fallback: 'Abort',
    steps: '5, 200',
    image: 'API',
    reason: 'two\nlines',
  });
  reader.requiredText('service');
  reader.duration('bake');
  reader.duration('timeout', { min: 60_000 });
  reader.share('rate');
  reader.ratio('ratio');
  reader.integer('retries', { max: 10 });
  reader.boolean('push');
  reader.oneOf('fallback', ['promote', 'abort']);
  reader.integerList('steps', { min: 1, max: 100 });
  reader.pattern('image', /^[a-z]+$/, 'lower-case letters');
  reader.text('reason');
  expect(problemsOf(reader)).toMatchInlineSnapshot(`
    "11 problems with the inputs:
    - \`service\` is required and was not given
    - \`bake\` is \`5\`; accepted: a duration such as \`90s\`, \`5m\` or \`1h30m\`
    - \`timeout\` is \`30s\`; accepted: a duration such as \`90s\`, \`5m\` or \`1h30m\`, at least 1m
    - \`rate\` is \`5\`; accepted: a share such as \`0.5%\` or \`0.005\`
    - \`ratio\` is \`0.5\`; accepted: a factor of at least 1, such as \`2\` or \`1.5\`
    - \`retries\` is \`2.5\`; accepted: a whole number, at most 10
    - \`push\` is \`yes\`; accepted: \`true\` or \`false\`
    - \`fallback\` is \`Abort\`; accepted: one of \`promote\`, \`abort\`
    - \`steps\` is \`5, 200\`; accepted: whole numbers separated by commas, from 1 to 100
    - \`image\` is \`API\`; accepted: lower-case letters
    - \`reason\` is \`two lines\`; accepted: one line of text.
    Nothing was changed. Correct the \`with:\` block of this step."
  `);
});

test('a single problem is one sentence', () => {
  const reader = readerOf({});
  reader.requiredText('service');
  expect(problemsOf(reader)).toMatchInlineSnapshot(
    `"An input is wrong: \`service\` is required and was not given. Nothing was changed. Correct the \`with:\` block of this step."`,
  );
});

test('a long value is cut, and shown in one line', () => {
  const reader = readerOf({});
  reader.problem('spec', `a\nb${'x'.repeat(500)}`, 'less');
  const message = problemsOf(reader);
  expect(message).toContain('`a bxxx');
  expect(message.length).toBeLessThan(250);
});

test('an input that was not read is unknown, with the name that was probably meant', () => {
  const reader = readerOf({
    service: 'api',
    env_vars: 'A=secret',
    'max-eror-rate': '1%',
    zzzzzzzzz: 'x',
    unused: '',
  });
  reader.text('service');
  reader.pairs('env-vars');
  reader.share('max-error-rate');
  expect(problemsOf(reader)).toMatchInlineSnapshot(`
    "3 problems with the inputs:
    - \`env_vars\` is not an input of this action; did you mean \`env-vars\`?
    - \`max-eror-rate\` is not an input of this action; did you mean \`max-error-rate\`?
    - \`zzzzzzzzz\` is not an input of this action.
    Nothing was changed. Correct the \`with:\` block of this step."
  `);
});

test('a comma can be part of a list item', () => {
  expect(readerOf({ args: '--x=a\\,b,--y' }).list('args')).toEqual(['--x=a,b', '--y']);
});

test('a pair that is wrong is named by its place, never by its text', () => {
  const reader = readerOf({ 'env-vars': 'A=1,hunter2\nA=hunter3,=hunter4,B=hunter5\\' });
  reader.pairs('env-vars');
  const message = problemsOf(reader);
  expect(message).not.toContain('hunter');
  expect(message).toMatchInlineSnapshot(`
    "4 problems with the inputs:
    - \`env-vars\`: entry 2 has no \`=\`; accepted: \`KEY=VALUE\` pairs, separated by commas or line ends; either one inside a value has a backslash before it
    - \`env-vars\`: entry 3 gives a key that an earlier one has given; accepted: \`KEY=VALUE\` pairs, separated by commas or line ends; either one inside a value has a backslash before it
    - \`env-vars\`: entry 4 has no key before its \`=\`; accepted: \`KEY=VALUE\` pairs, separated by commas or line ends; either one inside a value has a backslash before it
    - \`env-vars\`: entry 5 ends in a lone backslash (a backslash is written \`\\\\\`); accepted: \`KEY=VALUE\` pairs, separated by commas or line ends; either one inside a value has a backslash before it.
    Nothing was changed. Correct the \`with:\` block of this step."
  `);
});
