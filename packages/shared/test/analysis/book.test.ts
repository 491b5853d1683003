import { betsOver, worthOf } from '@apex-actions/shared/analysis/bets';
import { type Book, logWealth, newBook, openBets, settle } from '@apex-actions/shared/analysis/book';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

const BETS = 4;
const FIRST = 0.4;
const evenly = Array<number>(BETS).fill(1);
const nothing = Array<number>(BETS).fill(0);

const staked = (before: Book, after: Book) =>
  1 - (after.cash + after.reserve) / (before.cash + before.reserve);

describe('the stakes', () => {
  it('are never more than the whole, whatever is seen', () => {
    const values = fc.array(fc.double({ min: 0, max: 1e6, noNaN: true }), {
      minLength: BETS,
      maxLength: BETS,
    });
    const worths = fc.array(fc.double({ min: 1e-6, max: 1, noNaN: true }), {
      minLength: BETS,
      maxLength: BETS,
    });
    const intervals = fc.array(fc.tuple(fc.boolean(), worths, values), { maxLength: 2000 });
    fc.assert(
      fc.property(fc.double({ min: 0, max: 0.9, noNaN: true }), intervals, (reserve, seen) => {
        let book = newBook(BETS, reserve);
        for (const [stepBegins, worth, odds] of seen)
          book = settle(openBets(book, FIRST, stepBegins, worth, odds), nothing);
        expect(logWealth(book)).toBeCloseTo(0, 6);
        expect(book.cash).toBeGreaterThanOrEqual(0);
        expect(book.reserve).toBeGreaterThanOrEqual(0);
      }),
    );
  });

  it('are mostly kept until a step begins or a fault is suspected, and go on what is suspected', () => {
    const start = settle(openBets(newBook(BETS, 0.3), FIRST, true, evenly, nothing), nothing);
    const next = (stepBegins: boolean, odds: number[]) => openBets(start, FIRST, stepBegins, evenly, odds);
    expect(staked(start, next(false, nothing))).toBeLessThan(0.05);
    expect(staked(start, next(true, nothing))).toBeGreaterThan(0.3);
    const suspicious = next(false, [0, 9, 0, 0]);
    expect(staked(start, suspicious)).toBeGreaterThan(0.5);
    expect(suspicious.bets[1]).toBeGreaterThan((suspicious.bets[0] ?? 0) + 1);
  });

  it('get smaller the more often a suspicion came to nothing', () => {
    let book = openBets(newBook(BETS, 0), FIRST, true, evenly, nothing);
    const parts = Array.from({ length: 20 }, () => {
      const after = openBets(book, FIRST, false, evenly, [0, 1, 0, 0]);
      const part = staked(book, after);
      book = after;
      return part;
    });
    expect(parts).toEqual(parts.toSorted((a, b) => b - a));
    expect(parts.at(-1)).toBeLessThan((parts[0] ?? 0) / 3);
  });

  it('need no bets', () => {
    const book = openBets(newBook(0, 0), FIRST, true, [], []);
    expect(logWealth(book)).not.toBeNaN();
  });
});

describe('what a bet is worth having', () => {
  const needed = Math.log(100);

  it('is most where it convicts in a few intervals', () => {
    expect(worthOf(needed, needed)).toBeGreaterThan(0.9);
    expect(worthOf(needed / 5, needed)).toBeGreaterThan(0.9);
    expect(worthOf(needed / 500, needed)).toBeLessThan(0.2);
    expect(worthOf(4 * needed, needed)).toBeLessThan(0.01);
  });

  it('is something for any information', () => {
    fc.assert(
      fc.property(
        fc.double({ min: 0, noNaN: true }),
        fc.double({ min: 1, max: 20, noNaN: true }),
        (gain, enough) => {
          expect(worthOf(gain, enough)).toBeGreaterThan(0);
          expect(worthOf(gain, enough)).toBeLessThanOrEqual(1);
        },
      ),
    );
  });
});

describe('the shares that are bet on', () => {
  it('are all above the limit and below 1, in their order', () => {
    fc.assert(
      fc.property(fc.double({ min: 1e-6, max: 0.999, noNaN: true }), (limit) => {
        const { shares, priors } = betsOver(limit);
        expect(shares).toHaveLength(priors.length);
        for (const [i, share] of shares.entries()) {
          expect(share).toBeGreaterThan(shares[i - 1] ?? limit);
          expect(share).toBeLessThan(1);
        }
      }),
    );
  });

  it('are none where no share can be above the limit', () => {
    expect(betsOver(1).shares).toEqual([]);
  });
});
