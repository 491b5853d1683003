/** `1,234`. */
export function whole(count: number): string {
  return Math.round(count).toLocaleString('en-US');
}

/** `0.43 ms`, `83.1 ms`, `1.23 s`; `–` for NaN. */
export function milliseconds(ms: number, figures = 3): string {
  if (Number.isNaN(ms)) return '–';
  const rounded = Number(ms.toPrecision(figures));
  return rounded < 1000 ? `${rounded} ms` : `${Number((ms / 1000).toPrecision(figures))} s`;
}

/** A share from 0 to 1 as `0.2 %`; what is more than nothing never reads `0 %`. */
export function percent(share: number): string {
  if (Number.isNaN(share)) return '–';
  return share > 0 && share < 0.0005 ? '< 0.1 %' : `${Number((100 * share).toFixed(1))} %`;
}
