import type { Chapter, Poll } from './polls.ts';

const WIDTH = 800;
const LEFT = 70;
const PLOT = 710;
const PANEL = 214;
const MARGIN = 10;
const TRAFFIC = 90;
const ERRORS = 50;

// A card of its own colour, since a picture follows the browser's scheme and the page around it may not.
const STYLE = `
  text { font: 13px system-ui, sans-serif; fill: #1f2328; }
  .card { fill: #ffffff; stroke: #d1d9e0; }
  .title { font-weight: 600; font-size: 15px; }
  .small { font-size: 11px; fill: #59636e; }
  .share { font-size: 11px; font-weight: 600; fill: #ffffff; }
  rect { shape-rendering: crispEdges; }
  .canary { fill: #1a7f37; } .bad { fill: #cf222e; } .stable { fill: #d1d9e0; }
  .line { fill: none; stroke-width: 2; } .error { stroke: #cf222e; } .base { stroke: #818b98; }
  .axis { stroke: #d1d9e0; }
  @media (prefers-color-scheme: dark) {
    text { fill: #f0f6fc; } .small { fill: #9198a1; } .share { fill: #ffffff; }
    .card { fill: #0d1117; stroke: #3d444d; } .stable { fill: #3d444d; } .axis { stroke: #3d444d; }
    .canary { fill: #238636; } .error { stroke: #ff7b72; }
  }`;

function escapeXml(text: string): string {
  return text.replace(/[&<>]/g, (letter) => `&#${letter.charCodeAt(0)};`);
}

/** Polls in a row with the same percentage, as one rectangle. */
type Stretch = { percent: number; polls: number };

function stretches({ polls, ending }: Chapter): Stretch[] {
  const end = ending === 'promoted' ? 100 : 0;
  const found: Stretch[] = [];
  for (const percent of [...polls.map((poll) => poll.percent), end, end]) {
    const last = found.at(-1);
    if (last?.percent === percent) last.polls += 1;
    else found.push({ percent, polls: 1 });
  }
  return found;
}

/** The percentages over time: each poll is as wide as the next, and the last two show how it ended. */
function trafficArea(chapter: Chapter, top: number, step: number): string {
  const kind = chapter.ending === 'restored' ? 'bad' : 'canary';
  let before = 0;
  return stretches(chapter)
    .map(({ percent, polls }) => {
      const height = (TRAFFIC * percent) / 100;
      const [x, width] = [(LEFT + before * step).toFixed(1), (polls * step).toFixed(1)];
      before += polls;
      const stable = `<rect class="stable" x="${x}" y="${top}" width="${width}" height="${TRAFFIC}"/>`;
      if (percent === 0) return stable;
      const canary = `<rect class="${kind}" x="${x}" y="${(top + TRAFFIC - height).toFixed(1)}" width="${width}" height="${height.toFixed(1)}"/>`;
      const label = `<text class="share" x="${(Number(x) + 6).toFixed(1)}" y="${top + TRAFFIC - 6}">${percent} %</text>`;
      return `${stable}${canary}${label}`;
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
    .map(
      (poll, i) =>
        `${(LEFT + (i + 0.5) * step).toFixed(1)},${(top + ERRORS * (1 - of(poll) / max)).toFixed(1)}`,
    )
    .join(' ');
}

function panel(chapter: Chapter, top: number, step: number): string {
  const { polls, title, ending } = chapter;
  const max = Math.max(0.06, ...polls.map(({ canaryErrors }) => canaryErrors));
  const errorsTop = top + 40 + TRAFFIC + 14;
  const outcome = `${ending === 'promoted' ? 'promoted' : 'rolled back'} after ${polls.length} readings of the metrics`;
  return `<text class="title" x="${LEFT}" y="${top + 18}">${escapeXml(title)}</text>
<text class="small" x="${LEFT + PLOT}" y="${top + 18}" text-anchor="end">${escapeXml(outcome)}</text>
<text class="small" x="14" y="${top + 44}">100 %</text><text class="small" x="14" y="${top + 34 + TRAFFIC}">traffic</text>
${trafficArea(chapter, top + 32, step)}
<text class="small" x="14" y="${errorsTop + 8}">${(max * 100).toFixed(0)} %</text><text class="small" x="14" y="${errorsTop + ERRORS}">errors</text>
<line class="axis" x1="${LEFT}" y1="${errorsTop + ERRORS}" x2="${LEFT + PLOT}" y2="${errorsTop + ERRORS}"/>
<polyline class="line base" points="${errorLine(polls, (poll) => poll.stableErrors, errorsTop, step, max)}"/>
<polyline class="line error" points="${errorLine(polls, (poll) => poll.canaryErrors, errorsTop, step, max)}"/>`;
}

/** One panel per rollout: who had the traffic (above) and which errors Cloud Monitoring showed (below), poll by poll. */
export function drawRollouts(chapters: readonly Chapter[]): string {
  const height = PANEL * chapters.length + 2 * MARGIN + 20;
  const legend = `<text class="small" x="${LEFT}" y="${height - 14}">Above, the canary's share of users; below, errors of the canary (red) and of stable (grey), as each reading of the metrics showed them.</text>`;
  // One scale for all, so that it shows how soon a bad release is caught.
  const step = PLOT / (Math.max(...chapters.map(({ polls }) => polls.length)) + 2);
  const panels = chapters.map((chapter, i) => panel(chapter, MARGIN + i * PANEL, step)).join('\n');
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" role="img" aria-label="Two rollouts of the demo, poll by poll">
<style>${STYLE}</style>
<rect class="card" x="0.5" y="0.5" width="${WIDTH - 1}" height="${height - 1}" rx="6"/>
${panels}
${legend}
</svg>
`;
}
