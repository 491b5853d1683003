import { code, table } from '@apex-actions/shared/action/markdown';
import { formatSize } from '@apex-actions/shared/action/size';
import type { Report } from './gates.ts';

const MAX_FINDINGS = 50;
const MAX_LAYERS = 5;

export type Shown = {
  headline: string;
  image: string | undefined;
  tags: readonly string[];
  report: Report | undefined;
};

function sizes({ sizes: all, size }: Report): string[] {
  const [largest] = all;
  if (!largest) return [];
  const layers = largest.layers.slice(0, MAX_LAYERS);
  return [
    `**Size** (compressed): ${size}`,
    ...(all.length > 1
      ? [
          table(
            ['platform', 'size'],
            all.map(({ platform, bytes }) => [platform, formatSize(bytes)]),
          ),
        ]
      : []),
    table(
      ['largest layers', 'instruction'],
      layers.map(({ bytes, instruction }) => [formatSize(bytes), instruction]),
    ),
  ];
}

function findings({ assessment }: Report): string[] {
  if (!assessment) return [];
  const { findings: all } = assessment;
  if (all.length === 0) return ['**Vulnerabilities**: none found'];
  const rows = all
    .slice(0, MAX_FINDINGS)
    .map((finding) => [
      finding.ignored ? `${finding.severity}, ignored` : finding.severity,
      finding.id,
      finding.package,
      finding.installed,
      finding.fixed ?? 'not yet',
      finding.ignored ? `${finding.ignored.reason} (until ${finding.ignored.expires})` : '',
    ]);
  const more = all.length > rows.length ? [`And ${all.length - rows.length} more.`] : [];
  return [
    '**Vulnerabilities**',
    table(['severity', 'id', 'package', 'installed', 'mended in', 'ignored because'], rows),
    ...more,
  ];
}

/** The part of the job summary that this step writes. */
export function summaryOf({ headline, image, tags, report }: Shown): string {
  return [
    `### ${headline}`,
    ...(image ? [code(image)] : []),
    ...(tags.length > 0 ? [tags.map((tag) => `- ${code(tag)}`).join('\n')] : []),
    ...(report?.failure ? [`**Stopped**: ${code(report.failure.message.split('\n')[0] ?? '')}`] : []),
    ...(report ? [...sizes(report), ...findings(report)] : []),
  ].join('\n\n');
}
