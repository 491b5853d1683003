/**
 * A share is a number from 0 to 1. Reads `0.5%` or `0.005`, and `undefined` for anything else. A bare number of 1 or
 * more is refused: `max-error-rate: 1` is meant as 1 %, and read as 100 % it would switch the check off.
 */
export function parseShare(text: string): number | undefined {
  const match = /^(\d+(?:\.\d+)?|\.\d+) ?(%?)$/.exec(text);
  if (!match) return undefined;
  // As an exponent, since 0.7 / 100 is not the number nearest to 0.007.
  if (match[2] === '%') return atMostOne(Number(`${match[1]}e-2`));
  const share = Number(match[1]);
  return share < 1 ? share : undefined;
}

function atMostOne(share: number): number | undefined {
  return share <= 1 ? share : undefined;
}

/** Two digits of what matters: of the share itself, or near 100 % of what is missing from it. */
function decimalsFor(percent: number): number {
  const distance = Math.min(percent, 100 - percent);
  if (distance >= 1) return 1;
  return Math.min(4, 1 - Math.floor(Math.log10(distance)));
}

/** `0 %`, `0.32 %`, `12 %`, `99.95 %`, `100 %`: only exactly 0 reads `0 %`, and only exactly 1 reads `100 %`. */
export function formatShare(share: number): string {
  const percent = share * 100;
  if (percent <= 0) return '0 %';
  if (percent >= 100) return '100 %';
  const rounded = Number(percent.toFixed(decimalsFor(percent)));
  if (rounded === 0) return '< 0.0001 %';
  if (rounded === 100) return '> 99.9999 %';
  return `${rounded} %`;
}
