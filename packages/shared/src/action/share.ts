/** A share is a number from 0 to 1. Reads `0.5%` or `0.005`; `undefined` for anything else. */
export function parseShare(text: string): number | undefined {
  const match = /^(\d+(?:\.\d+)?|\.\d+)\s*(%?)$/.exec(text.trim());
  if (!match) return undefined;
  const share = match[2] === '%' ? Number(match[1]) / 100 : Number(match[1]);
  return share <= 1 ? share : undefined;
}

/** `0 %`, `0.32 %`, `12 %`, `100 %`: at most two significant digits below 10 %; only exactly 0 and 1 read `0 %` and `100 %`. */
export function formatShare(share: number): string {
  const percent = share * 100;
  if (percent === 0 || percent === 100) return `${percent} %`;
  if (percent < 10) return `${Number(percent.toPrecision(2))} %`;
  if (percent > 99) return `${Math.min(99.99, Number(percent.toFixed(2)))} %`;
  return `${Number(percent.toFixed(percent < 20 ? 1 : 0))} %`;
}
