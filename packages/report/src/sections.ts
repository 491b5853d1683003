import { formatDuration } from '@apex-actions/shared/action/duration';
import { formatShare } from '@apex-actions/shared/action/share';
import { logsLink, metricsLink, revisionsLink } from '@apex-actions/shared/cloudrun/console';
import type { Journal, JournalPoll } from '@apex-actions/shared/report/journal';
import { chartsOf } from './charts.ts';
import { html, link, said } from './dom.ts';
import { createCursor, explorer } from './explorer.ts';
import { formatCount, formatLatency, shortWhen, when, zone } from './format.ts';
import { decidingPoll, exposureMs, headline, mood, short, totalsOf } from './story.ts';
import { type Cell, folded, table } from './table.ts';

type Split = Journal['stable'];

function splitText(split: Split): string {
  return split.map(({ revision, percent }) => `${revision} ${percent} %`).join(', ') || '–';
}

function section(id: string, title: string, ...children: Node[]): HTMLElement {
  return html(
    'section',
    { id, 'aria-labelledby': `${id}-heading` },
    html('h2', { id: `${id}-heading` }, title),
    ...children,
  );
}

const SIGNS = { good: '✓', bad: '✕', neither: '•' } as const;

/** How it ended, before everything else. */
export function verdict(journal: Journal): HTMLElement {
  const { action, service, ending, error } = journal;
  const feeling = mood(journal);
  const sentence = headline(journal);
  const reason = (ending?.reason ?? error)?.replaceAll(' %', '\u00a0%');
  return html(
    'div',
    { class: `verdict ${feeling}` },
    html(
      'p',
      { class: 'kicker' },
      action === 'rollback' ? 'Rollback of ' : 'Rollout of ',
      html('strong', {}, said(service.service)),
      ' in ',
      said(service.region),
    ),
    html(
      'h1',
      {},
      html('span', { class: 'sign', 'aria-hidden': 'true' }, SIGNS[feeling]),
      ' ',
      said(`${sentence}.`),
    ),
    reason !== undefined && !sentence.includes(reason)
      ? html('p', { class: 'reason' }, said(reason))
      : undefined,
    ending && !ending.closed
      ? html(
          'p',
          {},
          'The last change of the traffic could not be made or seen; the post step tried again after this was written.',
        )
      : undefined,
  );
}

type Fact = readonly [name: string, value: Node | string | undefined];

function describeArm(journal: Journal, arm: 'canary' | 'stable'): string | undefined {
  const { requests, errors } = totalsOf(journal)[arm];
  if (journal.intervals.length === 0) return undefined;
  return requests === 0
    ? 'no requests'
    : `${formatCount(requests)} requests, ${formatCount(errors)} errors (${formatShare(errors / requests)})`;
}

function limitsText({ policy }: Journal): string | undefined {
  if (!policy) return undefined;
  const { maxErrorRate, maxErrorRatio, maxLatencyP95Ms, maxLatencyRatio, confidence } = policy;
  return [
    `errors ${formatShare(maxErrorRate)}`,
    `and ${maxErrorRatio} × stable’s`,
    ...(maxLatencyP95Ms === undefined ? [] : [`P95 ${formatLatency(maxLatencyP95Ms)}`]),
    ...(maxLatencyRatio === undefined ? [] : [`P95 ${maxLatencyRatio} × stable’s`]),
    `with ${formatShare(confidence)} confidence`,
  ].join(', ');
}

function stepsText({ plan }: Journal): string | undefined {
  if (!plan) return undefined;
  const steps = [...plan.steps, 100].map((step) => `${step} %`).join(' → ');
  return `${steps}, a bake of ${formatDuration(plan.bakeMs)} to ${formatDuration(plan.maxBakeMs)} at each`;
}

function text(value: string | undefined): Node | undefined {
  return value === undefined ? undefined : said(short(value.replaceAll(' %', '\u00a0%')));
}

/** On the server that the run is on. */
function commitOf({ url, repository, sha }: Journal['run']): string | undefined {
  if (url === undefined || repository === undefined || !URL.canParse(url)) return undefined;
  return `${new URL(url).origin}/${repository}/commit/${sha}`;
}

/** What else one asks first. */
export function facts(journal: Journal): HTMLElement {
  const { canary, image, stable, startMs, endMs, run, rollback, service, ending, visibility } = journal;
  const exposed = exposureMs(journal);
  const decided = decidingPoll(journal);
  const groups: Readonly<Record<string, readonly Fact[]>> = {
    'What happened': [
      ['Outcome', text(ending && `${ending.outcome}, ${ending.verdict}`)],
      ['Decided', decided && when(decided.atMs)],
      ['Users had the canary for', exposed > 0 ? formatDuration(exposed) : undefined],
      ['Canary showed', text(describeArm(journal, 'canary'))],
      ['Stable showed', text(describeArm(journal, 'stable'))],
      [
        'The service then',
        text(
          rollback?.health &&
            `${rollback.health.healthy ? 'healthy' : 'not healthy'}: ${rollback.health.detail}`,
        ),
      ],
      ['Started', when(startMs)],
      ['Ended', html('span', {}, when(endMs), ` after ${formatDuration(endMs - startMs)}`)],
    ],
    [rollback ? 'What was moved' : 'What was released']: [
      ['Canary', text(canary)],
      ['Stable before', stable.length > 0 ? text(splitText(stable)) : undefined],
      ['From', text(rollback && splitText(rollback.from))],
      ['To', text(rollback && splitText(rollback.to))],
      ['Chosen as', text(rollback?.chosenAs)],
      ['Image', text(image?.resolved)],
      ['Asked for as', image && image.asked !== image.resolved ? text(image.asked) : undefined],
      ['Commit', run.sha === undefined ? undefined : link(commitOf(run), run.sha.slice(0, 12))],
      ['Started by', text(run.actor)],
    ],
    'By which rules': [
      ['Limits', text(limitsText(journal))],
      ['Steps', text(stepsText(journal))],
      ['Metrics are late by', visibility ? formatDuration(visibility.delayMs) : undefined],
    ],
  };
  const shown = Object.entries(groups).flatMap(([title, list]) => {
    const known = list.flatMap(([name, value]) =>
      value === undefined ? [] : [html('div', {}, html('dt', {}, name), html('dd', {}, value))],
    );
    return known.length === 0 ? [] : [html('h3', {}, title), html('dl', {}, ...known)];
  });
  const revision = canary ?? rollback?.from[0]?.revision;
  return section(
    'facts',
    'Key facts',
    ...shown,
    html(
      'p',
      { class: 'links' },
      ...(run.url === undefined ? [] : [link(run.url, 'Run on GitHub')]),
      link(revisionsLink(service), 'Revisions'),
      link(metricsLink(service), 'Metrics'),
      ...(revision === undefined ? [] : [link(logsLink(service, revision), 'Logs of the revision')]),
    ),
  );
}

export function charts(journal: Journal): HTMLElement | undefined {
  const all = chartsOf(journal);
  if (all.length === 0) return undefined;
  const cursor = createCursor();
  const { intervalsInOne } = journal.thinned;
  return section(
    'charts',
    'What was seen',
    html(
      'p',
      {},
      'All charts share one axis of time, in UTC. Metrics come in late, so a decision stands on intervals that lie before it. Point at a chart, or focus it and use the arrow keys, to read its values.',
      intervalsInOne > 1 ? ` It was long: neighbouring intervals are joined, ${intervalsInOne} in one.` : '',
    ),
    ...all.map((chart) => explorer(chart, cursor)),
  );
}

function stand({ phase, percent, verdict: what, check, holds }: JournalPoll): string {
  return JSON.stringify([phase, percent, what, check, holds]);
}

/** Polls at which something else was said than before. */
function turnsOf(polls: readonly JournalPoll[]): JournalPoll[] {
  return polls.filter((poll, i) => {
    const before = polls[i - 1];
    return !before || stand(before) !== stand(poll) || i === polls.length - 1;
  });
}

export function decisions({ polls, ending, endMs }: Journal): HTMLElement | undefined {
  if (polls.length === 0) return undefined;
  const rows = turnsOf(polls).map((poll): Cell[] => [
    shortWhen(poll.atMs),
    poll.phase === 'watching' ? 'watch' : `${poll.percent} %`,
    poll.holds ? `${poll.verdict}, holding` : poll.verdict,
    poll.reason,
  ]);
  const last = ending ? [[shortWhen(endMs), 'end', ending.outcome, ending.reason]] : [];
  return section(
    'decisions',
    'Decisions',
    table(
      'words',
      'What each look at the metrics said, where it changed',
      ['At', 'Step', 'Verdict', 'Why'],
      [...rows, ...last],
    ),
  );
}

export function changes({ changes: all }: Journal): HTMLElement {
  return section(
    'changes',
    'Changes of the service',
    all.length === 0
      ? html('p', {}, 'Nothing was written to Cloud Run.')
      : table(
          'words',
          'Every write to Cloud Run’s API',
          ['At', 'What', 'Users then have'],
          all.map(({ atMs, what, split }) => [shortWhen(atMs), what, split ? splitText(split) : 'as before']),
        ),
  );
}

export function history({ rollback }: Journal): HTMLElement | undefined {
  if (!rollback || rollback.history.length === 0) return undefined;
  return section(
    'history',
    'History of the service',
    table(
      'words',
      'As it was before, the newest first',
      ['At', 'Outcome', 'Revision', 'Users then had', 'By', 'Why'],
      rollback.history.map(({ atMs, outcome, revision, to, actor, reason }) => [
        when(atMs),
        outcome,
        revision,
        splitText(to),
        actor ?? '–',
        reason ?? '–',
      ]),
    ),
  );
}

export function inputs({ inputs: given }: Journal): HTMLElement {
  return section(
    'inputs',
    'Inputs',
    html('p', {}, 'As given, or by default. What may hold secrets is named and not shown.'),
    table(
      'words',
      'Inputs of the step',
      ['Input', 'Value'],
      given.map(({ name, value }) => [name, value]),
    ),
  );
}

export function log({ log: lines, thinned }: Journal): HTMLElement {
  const left = thinned.lines > 0 ? `, without ${formatCount(thinned.lines)} in the middle` : '';
  return section(
    'log',
    'Log',
    folded(
      'words',
      `${formatCount(lines.length)} lines of the step’s log${left}`,
      ['At', 'Level', 'Text', 'Group'],
      () => lines.map(({ atMs, level, text: line, group }) => [shortWhen(atMs), level, line, group]),
    ),
  );
}

export function foot(): HTMLElement {
  return html(
    'footer',
    {},
    html(
      'p',
      {},
      `Times are in UTC; those marked “here” are in ${zone}. This file holds its data, loads nothing, and can be judged again with `,
      html('code', {}, 'pnpm replay'),
      '.',
    ),
  );
}
