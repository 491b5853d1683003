import fc from 'fast-check';
import { expect, it } from 'vitest';
import { assess, type Finding } from '../../src/registry/findings.ts';
import { sarifOf } from '../../src/registry/sarif.ts';
import { reaches, SEVERITIES } from '../../src/registry/severity.ts';

const finding = fc.record({
  id: fc.integer({ min: 1, max: 6 }).map((n) => `CVE-2026-${n}`),
  severity: fc.constantFrom(...SEVERITIES),
  package: fc.constantFrom('openssl', 'zlib'),
  installed: fc.constantFrom('1', '2'),
}) as fc.Arbitrary<Finding>;
const ignored = fc.record({
  id: fc.integer({ min: 1, max: 6 }).map((n) => `CVE-2026-${n}`),
  reason: fc.constant('why'),
  expires: fc.constantFrom('2026-11-20', '2026-11-21', '2027-01-01'),
});
const today = '2026-11-21';

it('blocks exactly what is bad enough and not ignored today', () => {
  fc.assert(
    fc.property(
      fc.array(finding),
      fc.uniqueArray(ignored, { selector: ({ id }) => id }),
      fc.constantFrom(...SEVERITIES),
      (found, ignore, threshold) => {
        const { blocking, findings, counts, expired } = assess(found, { threshold, ignore, today });
        const valid = ignore.filter(({ expires }) => expires >= today).map(({ id }) => id);
        const open = findings.filter(({ id }) => !valid.includes(id));
        expect(blocking).toEqual(open.filter(({ severity }) => reaches(severity, threshold)));
        expect(Object.values(counts).reduce((sum, count) => sum + count, 0)).toBe(open.length);
        expect(findings.filter((each) => each.ignored).every(({ id }) => valid.includes(id))).toBe(true);
        expect(expired).toEqual(ignore.filter(({ id }) => !valid.includes(id)));
      },
    ),
  );
});

it('names each vulnerability of a package once, worst first', () => {
  const low: Finding = { id: 'CVE-1', severity: 'LOW', package: 'zlib', installed: '1' };
  const high: Finding = { id: 'CVE-2', severity: 'HIGH', package: 'zlib', installed: '1' };
  const { findings } = assess([low, high, { ...low }], { threshold: 'CRITICAL', ignore: [], today });
  expect(findings).toEqual([high, low]);
});

it('makes a SARIF file with a rule for each vulnerability', () => {
  const openssl: Finding = {
    id: 'CVE-1',
    severity: 'CRITICAL',
    package: 'openssl',
    installed: '1',
    fixed: '2',
    cvssScore: 9.1,
  };
  const why = { id: 'CVE-1', reason: 'not reachable', expires: '2027-01-01' };
  const { findings } = assess([openssl, { ...openssl, package: 'libssl' }], {
    threshold: 'LOW',
    ignore: [why],
    today,
  });
  expect(sarifOf(findings, 'shop/api@sha256:1', 'Dockerfile')).toMatchObject({
    version: '2.1.0',
    runs: [
      {
        tool: { driver: { rules: [{ id: 'CVE-1', properties: { 'security-severity': '9.1' } }] } },
        results: [
          { message: { text: 'CVE-1 in libssl 1, mended in 2 (shop/api@sha256:1)' } },
          {
            ruleId: 'CVE-1',
            level: 'error',
            locations: [{ physicalLocation: { artifactLocation: { uri: 'Dockerfile' } } }],
            suppressions: [{ justification: 'not reachable (until 2027-01-01)' }],
          },
        ],
      },
    ],
  });
});
