import { reaches, SEVERITIES, type Severity } from './severity.ts';

/** A vulnerability in a package of an image. */
export type Finding = {
  /** Such as `CVE-2026-1234`. */
  id: string;
  severity: Severity;
  package: string;
  installed: string;
  /** The version that mends it, where there is one. */
  fixed?: string;
  summary?: string;
  /** 0 to 10. */
  cvssScore?: number;
};

/** A vulnerability that somebody has decided to live with for a while. */
export type Ignored = {
  id: string;
  reason: string;
  /** The last day on which it is ignored, `YYYY-MM-DD` in UTC. */
  expires: string;
};

export type Assessment = {
  /** Each package's vulnerability once, worst first. */
  findings: (Finding & { ignored?: Ignored })[];
  /** What fails the gate. */
  blocking: Finding[];
  /** Of those not ignored. */
  counts: Record<Severity, number>;
  /** Decisions whose day is over. */
  expired: Ignored[];
};

function order(a: Finding, b: Finding): number {
  const worse = SEVERITIES.indexOf(a.severity) - SEVERITIES.indexOf(b.severity);
  return worse || (a.id < b.id ? -1 : a.id > b.id ? 1 : a.package < b.package ? -1 : 1);
}

/** The platforms of an image mostly share their vulnerabilities. */
function unique(findings: readonly Finding[]): Finding[] {
  const keyOf = ({ id, package: name, installed }: Finding) => `${id} ${name} ${installed}`;
  return [...new Map(findings.map((finding) => [keyOf(finding), finding])).values()].sort(order);
}

/**
 * Judges the findings of an image.
 * @param threshold fails from this severity on
 * @param today `YYYY-MM-DD` in UTC
 */
export function assess(
  found: readonly Finding[],
  { threshold, ignore, today }: { threshold: Severity; ignore: readonly Ignored[]; today: string },
): Assessment {
  const valid = new Map(ignore.filter(({ expires }) => expires >= today).map((each) => [each.id, each]));
  const findings = unique(found).map((finding) => {
    const ignored = valid.get(finding.id);
    return ignored ? { ...finding, ignored } : finding;
  });
  const open = findings.filter((finding) => !valid.has(finding.id));
  const countOf = (severity: Severity) => open.filter((finding) => finding.severity === severity).length;
  return {
    findings,
    blocking: open.filter(({ severity }) => reaches(severity, threshold)),
    counts: Object.fromEntries(SEVERITIES.map((severity) => [severity, countOf(severity)])) as Record<
      Severity,
      number
    >,
    expired: ignore.filter(({ expires }) => expires < today),
  };
}
