// What a vitest report says: on the first line how many tests passed and how much failed, then a line for each failure: a test, or
// a file that could not be run.
import { readFileSync } from 'node:fs';
import { relative } from 'node:path';
import process from 'node:process';

const report = JSON.parse(readFileSync(process.argv[2], 'utf8'));
const failures = report.testResults.flatMap((file) => {
  const name = relative(process.cwd(), file.name);
  const tests = file.assertionResults.filter((test) => test.status !== 'passed');
  if (file.status === 'failed' && tests.length === 0) return [`${name}: ${firstLine(file.message)}`];
  return tests.map(
    (test) => `${name} > ${test.fullName}: ${firstLine(test.failureMessages[0]) || test.status}`,
  );
});
console.log([`${report.numPassedTests} ${failures.length}`, ...failures].join('\n'));

function firstLine(text = '') {
  return text.split('\n', 1)[0].slice(0, 300);
}
