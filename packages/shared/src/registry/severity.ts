/** Severities of Container Analysis, worst first (grafeas/v1/severity.proto). */
export const SEVERITIES = ['CRITICAL', 'HIGH', 'MEDIUM', 'LOW', 'MINIMAL', 'UNKNOWN'] as const;
export type Severity = (typeof SEVERITIES)[number];

/** Whether `severity` is `threshold` or worse. One that nobody has rated is below all. */
export function reaches(severity: Severity, threshold: Severity): boolean {
  return SEVERITIES.indexOf(severity) <= SEVERITIES.indexOf(threshold);
}
