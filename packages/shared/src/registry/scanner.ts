import { GrafeasClient } from '@google-cloud/grafeas';
import { type RetryOptions, retrying } from '../action/retry.ts';
import { clientOptions } from '../cloudrun/clients.ts';
import { createAuth, findCredentials } from '../cloudrun/credentials.ts';
import { readEndpoint } from '../cloudrun/endpoint.ts';
import type { Finding } from './findings.ts';
import type { Scanner } from './scan.ts';
import { SEVERITIES, type Severity } from './severity.ts';

/** The client fills in SEVERITY_UNSPECIFIED where nothing was said. */
const rated = (text: unknown): Severity | undefined => SEVERITIES.find((severity) => severity === text);

type Options = { project: string; env: Record<string, string | undefined> } & Omit<
  RetryOptions,
  'deadlineMs'
>;

/** The adapter on Container Analysis's API (`grafeas.v1`), which Artifact Registry's on-push scan writes to. */
export async function createScanner({ project, env, ...retry }: Options): Promise<Scanner> {
  const endpoint = readEndpoint('CLOUDSDK_API_ENDPOINT_OVERRIDES_CONTAINERANALYSIS', env);
  const credentials = endpoint.kind === 'loopback' ? undefined : await findCredentials(createAuth());
  const client = new GrafeasClient(clientOptions(endpoint, credentials));
  const list = async (kind: string, image: string) => {
    const filter = `kind="${kind}" AND resourceUrl="https://${image}"`;
    const call = async () => client.listOccurrences({ parent: `projects/${project}`, filter });
    const [occurrences] = await retrying(call, { ...retry, deadlineMs: 60_000 });
    return occurrences;
  };
  return {
    async discover(image) {
      const [found] = await list('DISCOVERY', image);
      if (!found) return { state: 'absent' };
      const { analysisStatus, analysisStatusError } = found.discovery ?? {};
      const detail = analysisStatusError?.message || String(analysisStatus);
      if (analysisStatus === 'FINISHED_SUCCESS' || analysisStatus === 'COMPLETE')
        return { state: 'finished' };
      if (analysisStatus === 'FINISHED_FAILED') return { state: 'failed', detail };
      if (analysisStatus === 'FINISHED_UNSUPPORTED') return { state: 'unsupported', detail };
      return { state: 'pending' };
    },
    async vulnerabilities(image) {
      const occurrences = await list('VULNERABILITY', image);
      return occurrences.flatMap(({ noteName, vulnerability }) =>
        (vulnerability?.packageIssue ?? []).map((issue): Finding => {
          const fixed = issue.fixedVersion?.kind === 'MAXIMUM' ? undefined : versionOf(issue.fixedVersion);
          const summary = vulnerability?.longDescription;
          return {
            id: vulnerability?.shortDescription || noteName?.split('/').at(-1) || 'unknown',
            // The distribution's own rating goes before the general one.
            severity: rated(issue.effectiveSeverity) ?? rated(vulnerability?.effectiveSeverity) ?? 'UNKNOWN',
            package: issue.affectedPackage ?? '',
            installed: versionOf(issue.affectedVersion) ?? '',
            ...(fixed ? { fixed } : {}),
            ...(summary ? { summary } : {}),
            ...(vulnerability?.cvssScore ? { cvssScore: vulnerability.cvssScore } : {}),
          };
        }),
      );
    },
  };
}

type Version = { fullName?: string | null; name?: string | null; revision?: string | null };

function versionOf(version: Version | null | undefined): string | undefined {
  const joined = [version?.name, version?.revision].filter(Boolean).join('-');
  return version?.fullName || joined || undefined;
}
