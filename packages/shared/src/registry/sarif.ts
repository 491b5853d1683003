import type { Assessment, Finding } from './findings.ts';
import type { Severity } from './severity.ts';

const LEVELS: Readonly<Record<Severity, 'error' | 'warning' | 'note'>> = {
  CRITICAL: 'error',
  HIGH: 'error',
  MEDIUM: 'warning',
  LOW: 'note',
  MINIMAL: 'note',
  UNKNOWN: 'note',
};

/** Where a scanner gives no score: the middle of the band that GitHub shows for the severity. */
const SCORES: Readonly<Record<Severity, number>> = {
  CRITICAL: 9.5,
  HIGH: 8,
  MEDIUM: 5.5,
  LOW: 2,
  MINIMAL: 1,
  UNKNOWN: 0,
};

const textOf = ({ id, package: name, installed, fixed, summary }: Finding) =>
  `${id} in ${name} ${installed}${fixed ? `, mended in ${fixed}` : ', not mended yet'}${summary ? `. ${summary}` : ''}`;

/**
 * The findings for GitHub's code scanning, which wants SARIF 2.1.0, a `security-severity` for each rule, and a place in
 * the repository for each result: the Dockerfile
 * (https://docs.github.com/code-security/code-scanning/integrating-with-code-scanning/sarif-support-for-code-scanning).
 */
export function sarifOf(findings: Assessment['findings'], image: string, dockerfile: string): object {
  const rules = [...new Map(findings.map((finding) => [finding.id, finding])).values()];
  return {
    $schema: 'https://json.schemastore.org/sarif-2.1.0.json',
    version: '2.1.0',
    runs: [
      {
        tool: {
          driver: {
            name: 'Artifact Analysis',
            informationUri: 'https://cloud.google.com/artifact-analysis/docs',
            rules: rules.map(({ id, severity, cvssScore, summary }) => ({
              id,
              shortDescription: { text: id },
              fullDescription: { text: summary || id },
              helpUri: `https://osv.dev/vulnerability/${encodeURIComponent(id)}`,
              properties: {
                'security-severity': (cvssScore || SCORES[severity]).toFixed(1),
                tags: ['security', 'vulnerability'],
              },
            })),
          },
        },
        results: findings.map((finding) => ({
          ruleId: finding.id,
          level: LEVELS[finding.severity],
          message: { text: `${textOf(finding)} (${image})` },
          locations: [
            {
              physicalLocation: { artifactLocation: { uri: dockerfile }, region: { startLine: 1 } },
            },
          ],
          partialFingerprints: { vulnerability: `${finding.id}:${finding.package}` },
          ...(finding.ignored
            ? {
                suppressions: [
                  {
                    kind: 'external',
                    justification: `${finding.ignored.reason} (until ${finding.ignored.expires})`,
                  },
                ],
              }
            : {}),
        })),
      },
    ],
  };
}
