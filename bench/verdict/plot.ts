import type { Row } from './summary.ts';

const [WIDTH, HEIGHT, MARGIN] = [760, 420, 60];
const MOST_MINUTES = 40;
const LEAST_SHARE = 0.001;

const STYLE = `
  text { font: 12px system-ui, sans-serif; fill: #1f2328; }
  .card { fill: #ffffff; stroke: #d1d9e0; } .axis { stroke: #818b98; fill: none; } .budget { stroke: #1a7f37; stroke-dasharray: 4; }
  circle { fill: #818b98; } .ours { fill: #1a7f37; }
  @media (prefers-color-scheme: dark) {
    text { fill: #f0f6fc; } .card { fill: #0d1117; stroke: #3d444d; }
  }`;

/** Across: false rollbacks in the worst cell, logarithmic, left is better. Up: intervals to the verdict, down is better. */
export function plot(rows: readonly Row[], budget: number): string {
  const x = (share: number) =>
    MARGIN +
    ((Math.log10(Math.max(share, LEAST_SHARE)) - Math.log10(LEAST_SHARE)) / -Math.log10(LEAST_SHARE)) *
      (WIDTH - 4 * MARGIN);
  const y = (minutes: number) => HEIGHT - MARGIN - (minutes / MOST_MINUTES) * (HEIGHT - 2 * MARGIN);
  const marks = rows.map(({ name, worstFalseRollbacks, median }, i) => {
    const [cx, cy] = [x(worstFalseRollbacks).toFixed(1), y(median).toFixed(1)];
    return `<circle${i === 0 ? ' class="ours"' : ''} cx="${cx}" cy="${cy}" r="5"/><text x="${Number(cx) + 9}" y="${Number(cy) + (i % 2 === 0 ? -7 : 15)}">${name}</text>`;
  });
  const shares = [0.001, 0.01, 0.1, 1].map(
    (share) =>
      `<text x="${x(share).toFixed(1)}" y="${HEIGHT - MARGIN + 18}" text-anchor="middle">${share === LEAST_SHARE ? '≤ ' : ''}${share * 100} %</text>`,
  );
  const minutes = [0, 10, 20, 30, 40].map(
    (each) => `<text x="${MARGIN - 8}" y="${(y(each) + 4).toFixed(1)}" text-anchor="end">${each}</text>`,
  );
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${HEIGHT}" role="img" aria-label="Detection delay against false rollbacks">
<style>${STYLE}</style>
<rect class="card" x="0.5" y="0.5" width="${WIDTH - 1}" height="${HEIGHT - 1}" rx="6"/>
<path class="axis" d="M${MARGIN} ${MARGIN}V${HEIGHT - MARGIN}H${WIDTH - 2 * MARGIN}"/>
<path class="budget" d="M${x(budget).toFixed(1)} ${MARGIN}V${HEIGHT - MARGIN}"/><text x="${(x(budget) + 5).toFixed(1)}" y="${MARGIN - 6}">what 99 % allows</text>
${[...shares, ...minutes].join('\n')}
<text x="${WIDTH / 2 - MARGIN}" y="${HEIGHT - 16}" text-anchor="middle">good releases rolled back, worst cell</text>
<text x="18" y="${HEIGHT / 2}" transform="rotate(-90 18 ${HEIGHT / 2})" text-anchor="middle">intervals to the verdict, mean of the medians</text>
${marks.join('\n')}
</svg>
`;
}
