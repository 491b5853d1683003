import { html } from './dom.ts';

const count = new Intl.NumberFormat('en', { maximumFractionDigits: 0 });
const local = new Intl.DateTimeFormat('en-GB', { dateStyle: 'medium', timeStyle: 'medium' });
const localTime = new Intl.DateTimeFormat('en-GB', { timeStyle: 'medium' });

/** `12,345` */
export function formatCount(value: number): string {
  return count.format(value);
}

/** `120 ms`, `1.25 s` */
export function formatLatency(ms: number): string {
  return ms < 1000 ? `${Number(ms.toPrecision(3))} ms` : `${Number((ms / 1000).toPrecision(3))} s`;
}

/** Odds on a logarithmic scale: `0.1`, `1`, `250`, `10^7`. */
export function formatEvidence(value: number): string {
  if (value >= 1e5) return `10^${Math.round(Math.log10(value))}`;
  return value >= 100 ? count.format(value) : String(Number(value.toPrecision(2)));
}

/** The name of the reader's own time zone. */
export const zone = new Intl.DateTimeFormat('en').resolvedOptions().timeZone;

function isUtc(atMs: number): boolean {
  return new Date(atMs).getTimezoneOffset() === 0;
}

/** `14:03:20 UTC` */
export function clockTime(atMs: number): string {
  return `${new Date(atMs).toISOString().slice(11, 19)} UTC`;
}

/** `14:03`, with seconds where there are any, and `11-22` for the beginning of a day: for the ticks of an axis. */
export function tickTime(at: Date): string {
  const iso = at.toISOString();
  const text = iso.slice(11, 19);
  if (text === '00:00:00') return iso.slice(5, 10);
  return text.endsWith(':00') ? text.slice(0, 5) : text;
}

/** In UTC, with the date, and below it in the reader's own time where that is another. */
export function when(atMs: number): HTMLElement {
  const iso = new Date(atMs).toISOString();
  return html(
    'time',
    { datetime: iso },
    `${iso.slice(0, 10)} ${clockTime(atMs)}`,
    isUtc(atMs) ? undefined : html('small', {}, `${local.format(atMs)} here`),
  );
}

/** As above without the date: the day is said once. */
export function shortWhen(atMs: number): HTMLElement {
  return html(
    'time',
    { datetime: new Date(atMs).toISOString() },
    clockTime(atMs),
    isUtc(atMs) ? undefined : html('small', {}, `${localTime.format(atMs)} here`),
  );
}
