import { describeFailure } from '@apex-actions/shared/smoke/result';
import XMLBuilder from 'fast-xml-builder';
import type { Outcome } from './main.ts';

/** XML 1.0 has no place for these, not even escaped (https://www.w3.org/TR/xml/#charsets). */
const FORBIDDEN = /[^\P{Cc}\t\n\r]|\p{Cs}|[\ufffe\uffff]/gu;

const ATTRIBUTE = '@';

function clean(text: string): string {
  return text.replace(FORBIDDEN, '\ufffd');
}

function attributes(values: Readonly<Record<string, string | number>>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(values).map(([name, value]) => [`${ATTRIBUTE}${name}`, clean(String(value))]),
  );
}

const seconds = (ms: number) => (ms / 1000).toFixed(3);

function caseOf({ name, request, status, durationMs, failures, answer, reason }: Outcome['results'][number]) {
  const head = attributes({ name, classname: request, time: seconds(durationMs) });
  if (status === 'skipped') return { ...head, skipped: attributes({ message: reason ?? '' }) };
  if (status === 'passed') return head;
  const texts = failures.map(describeFailure);
  const excerpt = answer ? [`answer ${answer.status}: ${answer.excerpt}`] : [];
  const failure = {
    ...attributes({ message: texts[0] ?? '', type: 'expectation' }),
    '#text': clean([...texts, ...excerpt].join('\n')),
  };
  return { ...head, failure };
}

/** The load and its limits are a test case of their own. */
function loadCase({ load, loadError }: Outcome) {
  if (loadError) {
    const message = clean(loadError.message);
    const head = attributes({ name: 'load', classname: 'load', time: seconds(0) });
    return [{ ...head, failure: { ...attributes({ message, type: 'load' }), '#text': message } }];
  }
  if (!load) return [];
  const head = attributes({ name: 'load', classname: 'load', time: seconds(load.result.durationMs) });
  const [first, ...others] = load.violations.map(
    ({ limit, expected, got }) => `${limit}: expected ${expected}, got ${got}`,
  );
  if (first === undefined) return [head];
  const failure = {
    ...attributes({ message: first, type: 'limit' }),
    '#text': [first, ...others].join('\n'),
  };
  return [{ ...head, failure }];
}

/** The results as JUnit XML, in the form that CI systems read (https://github.com/testmoapp/junitxml). */
export function junitOf(outcome: Outcome): string {
  const testcase = [...outcome.results.map(caseOf), ...loadCase(outcome)];
  const counts = {
    tests: testcase.length,
    failures: testcase.filter((each) => 'failure' in each).length,
    skipped: testcase.filter((each) => 'skipped' in each).length,
    time: seconds(outcome.durationMs),
  };
  const suite = {
    ...attributes({ name: outcome.url, ...counts, timestamp: new Date(outcome.startedMs).toISOString() }),
    testcase,
  };
  const builder = new XMLBuilder({
    attributeNamePrefix: ATTRIBUTE,
    ignoreAttributes: false,
    // Else a value `true` is left out, as in HTML.
    suppressBooleanAttributes: false,
    format: true,
  });
  const xml = builder.build({
    '?xml': { [`${ATTRIBUTE}version`]: '1.0', [`${ATTRIBUTE}encoding`]: 'UTF-8' },
    testsuites: { ...attributes(counts), testsuite: suite },
  });
  return `${xml}`;
}
