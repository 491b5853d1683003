import { type Drawing, type Drawn, draw, type Point, type Series } from './chart.ts';
import { html, svg } from './dom.ts';
import { clockTime } from './format.ts';
import { type Cell, folded } from './table.ts';

/** A chart with all that belongs to it. */
export type Chart = Drawing & {
  title: string;
  /** What it shows and how to read it. */
  lead: string;
  /** What a series shows at one of its points, in words. */
  tell: (series: Series, point: Point) => string;
  headers: readonly string[];
  rows: () => readonly (readonly Cell[])[];
};

/** The moment that all charts of a page point at. */
type Cursor = { listeners: ((atMs: number) => void)[]; set: (atMs: number) => void };

export function createCursor(): Cursor {
  const listeners: Cursor['listeners'] = [];
  return {
    listeners,
    set(atMs) {
      for (const listener of listeners) listener(atMs);
    },
  };
}

function pointAt({ points }: Series, atMs: number): Point | undefined {
  return points.findLast(({ fromMs }) => fromMs <= atMs);
}

/** The moments that can be stepped through: where anything of it changes. */
function momentsOf({ series }: Chart): number[] {
  const starts = series.flatMap(({ points }) => points.map(({ fromMs }) => fromMs));
  return [...new Set(starts)].toSorted((a, b) => a - b);
}

function nearest(moments: readonly number[], atMs: number): number {
  const after = moments.findIndex((moment) => moment > atMs);
  return after < 0 ? moments.length - 1 : Math.max(0, after - 1);
}

function legend({ series, limits }: Chart): HTMLElement {
  const sample = (look: string) =>
    svg(
      'svg',
      { class: 'sample', width: 28, height: 10, 'aria-hidden': 'true' },
      svg('line', { class: `curve ${look}`, x1: 1, x2: 27, y1: 5, y2: 5 }),
    );
  return html(
    'ul',
    { class: 'legend' },
    ...series.map(({ look, label }) => html('li', {}, sample(look), html('bdi', {}, label))),
    ...limits.map(({ label }) => html('li', {}, sample('limit'), html('bdi', {}, label))),
  );
}

const STEPS: Readonly<Record<string, number>> = {
  ArrowLeft: -1,
  ArrowDown: -1,
  ArrowRight: 1,
  ArrowUp: 1,
  PageDown: -10,
  PageUp: 10,
  Home: Number.NEGATIVE_INFINITY,
  End: Number.POSITIVE_INFINITY,
};

/**
 * A chart in a figure: a slider in the sense of ARIA, whose value is the moment that is read out, so that it can be stepped through
 * by keyboard and heard; the same by pointer; and a table of everything it shows.
 */
export function explorer(chart: Chart, cursor: Cursor): HTMLElement {
  const { id, title, lead, series, tell, headers, rows } = chart;
  const moments = momentsOf(chart);
  const readout = html('p', { class: 'readout', 'aria-hidden': 'true' });
  const plot = html('div', {
    class: 'plot',
    tabindex: 0,
    role: 'slider',
    'aria-label': `${title}, by time`,
    'aria-describedby': `${id}-lead`,
    'aria-valuemin': 0,
    'aria-valuemax': Math.max(0, moments.length - 1),
    'aria-valuenow': 0,
    'aria-valuetext': 'at the beginning',
  });
  let drawn: Drawn | undefined;
  let index = 0;
  let pointedMs: number | undefined;

  const redraw = () => {
    const width = Math.floor(plot.clientWidth);
    if (width === 0 || width === drawn?.element.width.baseVal.value) return;
    drawn = draw(chart, width);
    if (pointedMs !== undefined) drawn.point(pointedMs);
    plot.replaceChildren(drawn.element);
  };
  const show = (atMs: number) => {
    index = nearest(moments, atMs);
    pointedMs = atMs;
    drawn?.point(atMs);
    const told = series.flatMap((each) => {
      const point = pointAt(each, atMs);
      return point ? [tell(each, point)] : [];
    });
    const text = [clockTime(atMs), ...told].join(' · ');
    readout.textContent = text;
    plot.setAttribute('aria-valuenow', String(index));
    plot.setAttribute('aria-valuetext', text);
  };
  cursor.listeners.push(show);
  plot.addEventListener('keydown', (event) => {
    const step = STEPS[event.key];
    if (step === undefined || moments.length === 0) return;
    event.preventDefault();
    const first = pointedMs === undefined ? (step > 0 ? -1 : 1) : index;
    const next = moments[Math.min(moments.length - 1, Math.max(0, first + step))];
    if (next !== undefined) cursor.set(next);
  });
  const follow = (event: PointerEvent) => {
    if (!drawn || moments.length === 0) return;
    const [from = 0, to = 0] = chart.span;
    cursor.set(Math.min(to, Math.max(from, drawn.timeAt(event.clientX))));
  };
  plot.addEventListener('pointermove', follow);
  plot.addEventListener('pointerdown', follow);
  new ResizeObserver(redraw).observe(plot);
  return html(
    'figure',
    { 'aria-labelledby': `${id}-title` },
    html('figcaption', {}, html('h3', { id: `${id}-title` }, title), html('p', { id: `${id}-lead` }, lead)),
    legend(chart),
    plot,
    readout,
    folded('numbers', `${title}: as a table`, headers, rows),
  );
}
