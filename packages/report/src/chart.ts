import { axisBottom, axisLeft } from 'd3-axis';
import { type ScaleLinear, type ScaleLogarithmic, scaleLinear, scaleLog, scaleUtc } from 'd3-scale';
import { select } from 'd3-selection';
import { area, line } from 'd3-shape';
import { svg } from './dom.ts';
import { clockTime, tickTime } from './format.ts';

/** A value that holds from one time to another, with its band; `undefined` where there was nothing to measure. */
export type Point = {
  fromMs: number;
  toMs: number;
  value: number | undefined;
  low?: number;
  high?: number;
};

export type Series = {
  label: string;
  /** Names its colour and its dashes in the style sheet. */
  look: 'canary' | 'stable' | 'limit' | `check-${number}`;
  points: readonly Point[];
};

type Limit = { label: string; value: number };

/** What is drawn; everything in the units of its axis. */
export type Drawing = {
  id: string;
  scale: 'linear' | 'log';
  /** The lowest and the highest value that the axis shows; what is beyond ends at its edge. */
  domain: readonly [number, number];
  format: (value: number) => string;
  series: readonly Series[];
  limits: readonly Limit[];
  /** From the first to the last moment, the same for all charts of a page. */
  span: readonly [number, number];
  decidedMs: number | undefined;
};

const HEIGHT = 220;
const MARGIN = { top: 22, right: 12, bottom: 26, left: 58 };
/** One tick in so many pixels. */
const TICK_WIDTH = 90;
const MOST_DECADES = 6;

type Vertex = { atMs: number; value: number | undefined; low: number | undefined; high: number | undefined };
type YScale = ScaleLinear<number, number> | ScaleLogarithmic<number, number>;

/** Both ends of each point, and a gap where the next does not begin where the last one ended. */
function verticesOf(points: readonly Point[]): Vertex[] {
  return points.flatMap(({ fromMs, toMs, value, low, high }, i) => {
    const before = points[i - 1];
    const gap = before && before.toMs !== fromMs ? [{ atMs: fromMs, value: undefined, low, high }] : [];
    return [...gap, { atMs: fromMs, value, low, high }, { atMs: toMs, value, low, high }];
  });
}

/** Powers of ten, of many every second or third. */
function decadesOf([low, high]: readonly [number, number]): number[] {
  const [first, last] = [Math.ceil(Math.log10(low)), Math.floor(Math.log10(high))];
  const apart = Math.ceil((last - first + 1) / MOST_DECADES);
  return Array.from({ length: last - first + 1 }, (_, i) => 10 ** (first + i)).filter(
    (_, i) => i % apart === 0,
  );
}

export type Drawn = {
  element: SVGSVGElement;
  /** The time at a place of the page. */
  timeAt: (clientX: number) => number;
  /** Shows where a time is. */
  point: (atMs: number) => void;
};

/** Draws a chart of a width in pixels. Colours, dashes and fonts are the style sheet's. */
export function draw(drawing: Drawing, width: number): Drawn {
  const { id, domain, span, series, limits, format, decidedMs } = drawing;
  const [left, right] = [MARGIN.left, Math.max(MARGIN.left + 1, width - MARGIN.right)];
  const [top, bottom] = [MARGIN.top, HEIGHT - MARGIN.bottom];
  const x = scaleUtc([...span], [left, right]);
  const y: YScale = (
    drawing.scale === 'log' ? scaleLog([...domain], [bottom, top]) : scaleLinear([...domain], [bottom, top])
  ).clamp(true);
  // Of a span of seconds there would be several in one.
  const ticks = x
    .ticks(Math.max(2, Math.floor((right - left) / TICK_WIDTH)))
    .filter((at) => at.getUTCMilliseconds() === 0);
  const clip = `clip-${id}`;
  const cursor = svg('line', { class: 'cursor', y1: top, y2: bottom, x1: -10, x2: -10 });

  const element = svg(
    'svg',
    { class: 'chart', width, height: HEIGHT, viewBox: `0 0 ${width} ${HEIGHT}`, 'aria-hidden': 'true' },
    svg(
      'clipPath',
      { id: clip },
      svg('rect', { x: left, y: top - 1.5, width: right - left + 4, height: bottom - top + 3 }),
    ),
  );
  select(element)
    .append('g')
    .attr('class', 'axis grid')
    .attr('transform', `translate(${left},0)`)
    .call(
      axisLeft<number>(y)
        .tickValues(drawing.scale === 'log' ? decadesOf(domain) : y.ticks(4))
        .tickFormat(format)
        .tickSize(left - right)
        .tickPadding(6),
    );
  select(element)
    .append('g')
    .attr('class', 'axis')
    .attr('transform', `translate(0,${bottom})`)
    .call(axisBottom<Date>(x).tickValues(ticks).tickFormat(tickTime).tickSizeOuter(0));

  const band = area<Vertex>()
    .defined(({ value, low, high }) => value !== undefined && low !== undefined && high !== undefined)
    .x(({ atMs }) => x(atMs))
    .y0(({ low }) => y(low ?? 0))
    .y1(({ high }) => y(high ?? 0));
  const curve = line<Vertex>()
    .defined(({ value }) => value !== undefined)
    .x(({ atMs }) => x(atMs))
    .y(({ value }) => y(value ?? 0));
  const marks = svg('g', { 'clip-path': `url(#${clip})` });
  const drawnSeries = series.map((each) => ({ ...each, vertices: verticesOf(each.points) }));
  for (const { look, vertices } of drawnSeries) {
    const shape = vertices.some(({ high }) => high !== undefined) ? band(vertices) : null;
    if (shape) marks.append(svg('path', { class: `band ${look}`, d: shape }));
  }
  for (const { look, vertices } of drawnSeries) {
    const shape = curve(vertices);
    if (shape) marks.append(svg('path', { class: `curve ${look}`, d: shape }));
    const last = vertices.findLast(({ value }) => value !== undefined);
    if (last && look !== 'limit')
      marks.append(svg('circle', { class: `end ${look}`, cx: x(last.atMs), cy: y(last.value ?? 0), r: 3.5 }));
  }
  element.append(marks);
  for (const { label, value } of limits) {
    const at = y(value);
    element.append(
      svg('line', { class: 'limit', x1: left, x2: right, y1: at, y2: at }),
      svg('text', { class: 'label limit', x: left + 4, y: at - 5 }, label),
    );
  }
  if (decidedMs !== undefined) {
    const at = x(decidedMs);
    const late = at > (left + right) / 2;
    element.append(
      svg('line', { class: 'decision', x1: at, x2: at, y1: top - 6, y2: bottom }),
      svg(
        'text',
        {
          class: 'label decision',
          x: late ? at + 4 : at - 4,
          y: top - 9,
          'text-anchor': late ? 'end' : 'start',
        },
        `▼ decided ${clockTime(decidedMs)}`,
      ),
    );
  }
  element.append(cursor);
  return {
    element,
    timeAt: (clientX) => x.invert(clientX - element.getBoundingClientRect().left).getTime(),
    point(atMs) {
      const at = x(Math.min(span[1], Math.max(span[0], atMs)));
      cursor.setAttribute('x1', String(at));
      cursor.setAttribute('x2', String(at));
    },
  };
}
