import type { Chapter, Poll } from './polls.ts';

const WIDTH = 880;
const LEFT = 70;
const PLOT = 700;
const PANEL = 210;
const TRAFFIC = 90;
const ERRORS = 50;

const STYLE = `
  text { font: 13px system-ui, sans-serif; fill: #1f2328; }
  .title { font-weight: 600; font-size: 15px; }
  .small { font-size: 11px; fill: #59636e; }
  .canary { fill: #2da44e; } .bad { fill: #cf222e; } .stable { fill: #d1d9e0; }
  .line { fill: none; stroke-width: 2; } .error { stroke: #cf222e; } .base { stroke: #818b98; }
  .axis { stroke: #d1d9e0; }
  @media (prefers-color-scheme: dark) {
    text { fill: #f0f6fc; } .small { fill: #9198a1; } .stable { fill: #3d444d; } .axis { stroke: #3d444d; }
  }`;

function escapeXml(text: string): string {
  return text.replace(/[&<>]/g, (letter) => `&#${letter.charCodeAt(0)};`);
}

/** The percentages over time: each poll is one column, and the last column is how it ended. */
function trafficColumns({ polls, ending }: Chapter, top: number, step: number): string {
  const end = ending === 'promoted' ? 100 : 0;
  return [...polls.map(({ percent }) => percent), end, end]
    .map((percent, i) => {
      const height = (TRAFFIC * percent) / 100;
      const [x, y] = [LEFT + i * step, top + TRAFFIC - height];
      const kind = ending === 'restored' ? 'bad' : 'canary';
      return `<rect class="stable" x="${x}" y="${top}" width="${step}" height="${TRAFFIC}"/><rect class="${kind}" x="${x}" y="${y}" width="${step}" height="${height}"/>`;
    })
    .join('\n');
}

function errorLine(
  polls: readonly Poll[],
  of: (poll: Poll) => number,
  top: number,
  step: number,
  max: number,
): string {
  return polls
    .map((poll, i) => `${LEFT + (i + 0.5) * step},${(top + ERRORS * (1 - of(poll) / max)).toFixed(1)}`)
    .join(' ');
}

function panel(chapter: Chapter, top: number, step: number): string {
  const { polls, title, ending } = chapter;
  const max = Math.max(0.06, ...polls.map(({ canaryErrors }) => canaryErrors));
  const errorsTop = top + 40 + TRAFFIC + 14;
  const last = polls.at(-1);
  const outcome = ending === 'promoted' ? 'promoted' : `rolled back: ${last?.verdict ?? ''}`;
  return `<text class="title" x="${LEFT}" y="${top + 18}">${escapeXml(title)}</text>
<text class="small" x="${LEFT + PLOT}" y="${top + 18}" text-anchor="end">${escapeXml(outcome)}</text>
<text class="small" x="8" y="${top + 44}">100 %</text><text class="small" x="8" y="${top + 34 + TRAFFIC}">traffic</text>
${trafficColumns(chapter, top + 32, step)}
<text class="small" x="8" y="${errorsTop + 8}">${(max * 100).toFixed(0)} %</text><text class="small" x="8" y="${errorsTop + ERRORS}">errors</text>
<line class="axis" x1="${LEFT}" y1="${errorsTop + ERRORS}" x2="${LEFT + PLOT}" y2="${errorsTop + ERRORS}"/>
<polyline class="line base" points="${errorLine(polls, (poll) => poll.stableErrors, errorsTop, step, max)}"/>
<polyline class="line error" points="${errorLine(polls, (poll) => poll.canaryErrors, errorsTop, step, max)}"/>`;
}

/** One panel per rollout: who had the traffic (above) and which errors Cloud Monitoring showed (below), poll by poll. */
export function drawRollouts(chapters: readonly Chapter[]): string {
  const height = PANEL * chapters.length + 30;
  const legend = `<text class="small" x="${LEFT}" y="${height - 8}">Columns: the canary's share of users at each poll. Lines: errors of the canary (red) and stable (grey). From a run of the demo.</text>`;
  // One scale for all, so that it shows how soon a bad release is caught.
  const step = PLOT / (Math.max(...chapters.map(({ polls }) => polls.length)) + 2);
  const panels = chapters.map((chapter, i) => panel(chapter, i * PANEL, step)).join('\n');
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" role="img" aria-label="Two rollouts of the demo, poll by poll">
<style>${STYLE}</style>
${panels}
${legend}
</svg>
`;
}
