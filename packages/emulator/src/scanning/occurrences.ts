import { createHash } from 'node:crypto';
import { parseDuration } from '../duration.ts';
import { timestamp } from '../run/conditions.ts';
import type { Scan } from './scan.ts';

type Version = { kind: 'NORMAL' | 'MAXIMUM'; name?: string; fullName?: string };

/** `grafeas.v1.Occurrence`, as far as scans fill it. */
export type Occurrence = {
  name: string;
  resourceUri: string;
  noteName: string;
  kind: 'DISCOVERY' | 'VULNERABILITY';
  createTime: ReturnType<typeof timestamp>;
  updateTime: ReturnType<typeof timestamp>;
  discovery?: object;
  vulnerability?: object;
};

const version = (text: string): Version => ({ kind: 'NORMAL', name: text, fullName: text });

/** A name that stays the same for the same thing. */
function nameOf(project: string, ...parts: string[]): string {
  const hex = createHash('sha256').update(parts.join('\n')).digest('hex');
  const uuid = [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20, 32)];
  return `projects/${project}/occurrences/${uuid.join('-')}`;
}

/** What Container Analysis shows of a scan: one discovery, and the vulnerabilities once it has succeeded. */
export function occurrencesOf(project: string, scan: Scan, setAt: Date, now: Date): Occurrence[] {
  const endsAt = new Date(setAt.getTime() + parseDuration(scan.after));
  const over = now >= endsAt;
  const status = over ? scan.status : 'SCANNING';
  const resourceUri = `https://${scan.image}`;
  const common = {
    resourceUri,
    createTime: timestamp(setAt),
    updateTime: timestamp(over ? endsAt : setAt),
  };
  const discovery: Occurrence = {
    ...common,
    name: nameOf(project, resourceUri),
    noteName: 'projects/goog-analysis/notes/PACKAGE_VULNERABILITY',
    kind: 'DISCOVERY',
    discovery: {
      continuousAnalysis: 'ACTIVE',
      analysisStatus: status,
      ...(over && scan.error !== undefined ? { analysisStatusError: { code: 13, message: scan.error } } : {}),
      ...(over ? { lastScanTime: timestamp(endsAt) } : {}),
    },
  };
  if (status !== 'FINISHED_SUCCESS') return [discovery];
  const vulnerabilities = scan.vulnerabilities.map(
    ({ id, severity, package: affected, installed, fixed, summary, cvssScore = 0 }): Occurrence => ({
      ...common,
      name: nameOf(project, resourceUri, id, affected, installed),
      noteName: `projects/goog-vulnz/notes/${id}`,
      kind: 'VULNERABILITY',
      vulnerability: {
        type: 'OS',
        severity,
        effectiveSeverity: severity,
        cvssScore,
        shortDescription: id,
        ...(summary === undefined ? {} : { longDescription: summary }),
        fixAvailable: fixed !== undefined,
        packageIssue: [
          {
            affectedPackage: affected,
            affectedVersion: version(installed),
            fixedPackage: affected,
            fixedVersion: fixed === undefined ? { kind: 'MAXIMUM' } : version(fixed),
            fixAvailable: fixed !== undefined,
            packageType: 'OS',
            effectiveSeverity: severity,
          },
        ],
      },
    }),
  );
  return [discovery, ...vulnerabilities];
}
