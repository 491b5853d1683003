import { code, table } from '../../action/markdown.ts';
import type { ServiceId } from '../../cloudrun/resources.ts';
import { assemble, shorten } from './blocks.ts';
import { LATE_ENTRIES_MS, links } from './links.ts';
import { named } from './names.ts';

/** A deploy without a canary: there was nothing to compare with, nothing to do, or nothing was to be done. */
export type UncomparedReport = {
  id: ServiceId;
  revision: string;
  image: string;
  kind: 'first deploy' | 'nothing to do' | 'dry run';
  /** Why a first deploy failed, and what users have. */
  problem?: string | undefined;
  /** Epoch ms. */
  startedMs: number;
  endedMs: number;
};

const TEXT = 1200;

function headline({ id, kind, problem }: UncomparedReport): string {
  const service = named(id.service);
  if (kind === 'dry run') return `## 🔍 Dry run: ${service}`;
  if (kind === 'nothing to do') return `## ✅ Nothing to deploy: ${service}`;
  return problem ? `## ❌ First deploy failed: ${service}` : `## ✅ Deployed for the first time: ${service}`;
}

function sentence({ revision, kind, problem }: UncomparedReport): string {
  if (kind === 'dry run')
    return `**Nothing was changed.** Cloud Run accepts ${named(revision)} with these settings.`;
  if (kind === 'nothing to do')
    return `**${named(revision)} serves all users already, with this image and these settings.**`;
  if (problem) return code(shorten(problem, TEXT));
  return `**${named(revision)} serves all users.** Nothing served before that it could be compared with.`;
}

/** The job summary of a deploy without a canary: what came of it first, then where to look further. */
export function uncomparedSummary(report: UncomparedReport): string {
  const { id, revision, image, kind, startedMs, endedMs } = report;
  const span = { startMs: startedMs, endMs: endedMs + LATE_ENTRIES_MS };
  return assemble([
    headline(report),
    sentence(report),
    kind === 'dry run' ? '' : links(id, revision, span),
    table(
      ['', ''],
      [
        ['Revision', shorten(revision, TEXT)],
        ['Image', shorten(image, TEXT)],
      ],
    ),
  ]);
}
