import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Journal } from '@apex-actions/shared/report/journal';
import { embed } from '@apex-actions/shared/report/page';
import axe from 'axe-core';
import { type Browser, type BrowserContextOptions, chromium, type Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { renderReportPage } from '../../../scripts/bundle/report-page.ts';
import { hostile, sampleJournal, sampleRollback } from './support/sample.ts';

const root = join(import.meta.dirname, '../../..');
const folder = mkdtempSync(join(tmpdir(), 'report-page-'));
let browser: Browser;
let page: string;

beforeAll(async () => {
  ({ html: page } = await renderReportPage(root));
  browser = await chromium.launch({ executablePath: process.env.CHROMIUM ?? '', args: ['--no-sandbox'] });
});

afterAll(async () => {
  await browser?.close();
  rmSync(folder, { recursive: true, force: true });
});

const REPORTS: Readonly<Record<string, () => Journal>> = {
  'one interval': () => sampleJournal(1),
  '60 intervals': () => sampleJournal(60),
  '2,000 intervals': () => sampleJournal(2000, 1000),
  'hostile texts': () => hostile(sampleJournal(9)),
  'a rollback': sampleRollback,
  'a rollback with hostile texts': () => hostile(sampleRollback()),
};
const reports = Object.keys(REPORTS).map((name) => ({ name }));

type Opened = { tab: Page; complaints: string[]; requests: string[] };

/** A report in a tab of its own, with everything that it complained of and asked for. */
async function open(name: string, options: BrowserContextOptions = {}): Promise<Opened> {
  const make = REPORTS[name];
  if (!make) throw new Error(`no report ${name}`);
  const file = join(folder, `${name.replaceAll(/\W/g, '-')}.html`);
  writeFileSync(file, embed(page, make()));
  const context = await browser.newContext({
    viewport: { width: 1280, height: 900 },
    timezoneId: 'UTC',
    ...options,
  });
  onTestFinished(() => context.close());
  const tab = await context.newPage();
  const complaints: string[] = [];
  const requests: string[] = [];
  tab.on('console', (message) => {
    if (['error', 'warning'].includes(message.type())) complaints.push(message.text());
  });
  tab.on('pageerror', (error) => complaints.push(error.message));
  tab.on('request', (request) => requests.push(request.url()));
  await tab.goto(pathToFileURL(file).href);
  await tab.locator('h1').waitFor();
  return { tab, complaints, requests };
}

/** Of these the tables are looked at, too; thousands of rows are like ten, and take minutes. */
const UNFOLDED = ['one interval', 'hostile texts', 'a rollback', 'a rollback with hostile texts'];

async function unfold(tab: Page): Promise<void> {
  for (const summary of await tab.locator('summary').all()) await summary.click();
  await tab.waitForFunction(`!document.querySelector('details:not(:has(table))')`);
}

describe.each(reports)('the report with $name', ({ name }) => {
  it('renders, complains of nothing, loads nothing, and runs no text of anybody', async () => {
    const { tab, complaints, requests } = await open(name);
    if (UNFOLDED.includes(name)) await unfold(tab);
    expect(complaints).toEqual([]);
    expect(requests.filter((url) => !url.startsWith('file:'))).toEqual([]);
    expect(requests).toHaveLength(1);
    expect(await tab.evaluate('globalThis.attacked')).toBeUndefined();
    expect(await tab.locator('img, iframe, object, body script[src]').count()).toBe(0);
    for (const link of await tab.locator('a').all())
      expect(await link.getAttribute('href')).toMatch(/^(#|https?:\/\/)/);
  });

  it('has nothing serious that axe finds, in either theme', async () => {
    const { tab } = await open(name);
    if (UNFOLDED.includes(name)) await unfold(tab);
    await tab.evaluate(axe.source);
    for (const colorScheme of ['light', 'dark'] as const) {
      await tab.emulateMedia({ colorScheme });
      const found: { id: string; impact: string | null; nodes: { html: string }[] }[] = await tab.evaluate(
        'axe.run().then(({ violations }) => violations)',
      );
      const serious = found.filter(({ impact }) => impact === 'serious' || impact === 'critical');
      expect(serious.map(({ id, nodes }) => [colorScheme, id, nodes[0]?.html.slice(0, 200)])).toEqual([]);
    }
  });

  it('fits into 360 pixels', async () => {
    const { tab } = await open(name, {
      viewport: { width: 360, height: 740 },
      hasTouch: true,
      isMobile: true,
    });
    if (name !== '2,000 intervals') await unfold(tab);
    expect(await tab.evaluate('document.documentElement.scrollWidth')).toBe(360);
    const sideways = await tab
      .locator('.scroll:has(.words)')
      .evaluateAll((regions) => regions.filter((region) => region.scrollWidth > region.clientWidth).length);
    expect(sideways, 'tables of words that have to be scrolled sideways').toBe(0);
  });
});

describe('the charts', () => {
  it.each(['one interval', '60 intervals', '2,000 intervals', 'hostile texts'])(
    'of %s have marks of both arms',
    async (name) => {
      const { tab } = await open(name);
      for (const id of ['traffic', 'errors', 'latency', 'slow']) {
        const chart = tab.locator(`figure[aria-labelledby="${id}-title"] svg.chart`);
        for (const arm of ['canary', 'stable']) {
          const box = await chart.locator(`path.curve.${arm}`).boundingBox();
          expect(box?.width, `${id} ${arm}`).toBeGreaterThan(20);
        }
      }
      for (const id of ['errors', 'slow'])
        expect(await tab.locator(`figure[aria-labelledby="${id}-title"] path.band`).count()).toBe(2);
      expect(
        await tab.locator('figure[aria-labelledby="evidence-title"] path.curve').count(),
      ).toBeGreaterThanOrEqual(4);
      expect(await tab.locator('line.decision').count()).toBeGreaterThanOrEqual(6);
    },
  );

  it('are told apart without colours', async () => {
    const { tab } = await open('60 intervals');
    const dashes: string[] = await tab.evaluate(
      `Array.from(document.querySelectorAll('figure[aria-labelledby="errors-title"] svg.chart path.curve'), (curve) => getComputedStyle(curve).strokeDasharray)`,
    );
    expect(new Set(dashes).size).toBe(2);
  });

  it('are stepped through by keyboard, all at the same moment, and read out', async () => {
    const { tab } = await open('60 intervals');
    const plot = tab.getByRole('slider', { name: 'Errors, by time' });
    await plot.focus();
    await tab.keyboard.press('Home');
    const first = await plot.getAttribute('aria-valuetext');
    expect(first).toMatch(/^12:00:30 UTC · canary 0 % \(95 %: 0 % to [\d.]+ %\) · stable 0 %/);
    await tab.keyboard.press('ArrowRight');
    expect(await plot.getAttribute('aria-valuetext')).toMatch(/^12:01:30 UTC · canary 0.5 %/);
    expect(
      await tab.getByRole('slider', { name: 'Latency, P95, by time' }).getAttribute('aria-valuetext'),
    ).toMatch(/^12:01:30 UTC · canary 181 ms · stable 181 ms/);
    await tab.keyboard.press('End');
    expect(await plot.getAttribute('aria-valuenow')).toBe('59');
  });

  it('follow the pointer and the width of the window', async () => {
    const { tab } = await open('60 intervals');
    const plot = tab.getByRole('slider', { name: 'Errors, by time' });
    await plot.hover();
    expect(await plot.getAttribute('aria-valuetext')).toMatch(/ UTC · canary /);
    await tab.setViewportSize({ width: 700, height: 900 });
    await expect.poll(async () => (await plot.locator('svg').boundingBox())?.width).toBeLessThan(700);
  });

  it('have a table of the same values', async () => {
    const { tab } = await open('2,000 intervals');
    await tab.getByText('Errors: as a table').click();
    const table = tab.getByRole('table', { name: 'Errors: as a table' });
    await table.locator('tbody tr').nth(1999).waitFor({ state: 'attached' });
    expect(await table.locator('tbody tr').count()).toBe(2000);
    expect(await table.locator('tbody tr').nth(1).textContent()).toMatch(/^12:00:31 UTC10 %20010\.5 %/);
  });
});

describe('the keyboard', () => {
  it('reaches every link, button, chart, fold and table, in their order', async () => {
    const { tab } = await open('60 intervals');
    await tab.evaluate(`for (const details of document.querySelectorAll('details')) details.open = true`);
    await tab.locator('section#log table').waitFor();
    const wanted = await tab.locator('a[href], button, summary, [role="slider"], .scroll').count();
    const reached: string[] = [];
    for (let i = 0; i < wanted; i++) {
      await tab.keyboard.press('Tab');
      reached.push(
        String(
          await tab.evaluate(`(() => {
            const element = document.activeElement;
            const all = [...document.querySelectorAll('a[href], button, summary, [role="slider"], .scroll')];
            return all.indexOf(element);
          })()`),
        ),
      );
    }
    expect(reached).toEqual(Array.from({ length: wanted }, (_, i) => String(i)));
  });

  it('changes the theme, against what the system says', async () => {
    const { tab } = await open('60 intervals', { colorScheme: 'light' });
    const background = () => tab.evaluate('getComputedStyle(document.body).backgroundColor');
    const light = await background();
    const button = tab.getByRole('button', { name: 'Theme: system' });
    await button.focus();
    await tab.keyboard.press('Enter');
    expect(await background()).toBe(light);
    await tab.keyboard.press('Enter');
    expect(await background()).not.toBe(light);
    expect(await tab.getByRole('button', { name: 'Theme: dark' }).count()).toBe(1);
  });
});

it('is a page with a language, a title, landmarks and one first heading', async () => {
  const { tab } = await open('60 intervals');
  expect(await tab.locator('html').getAttribute('lang')).toBe('en');
  expect(await tab.title()).toMatch(/^shop: Rolled back: /);
  for (const role of ['banner', 'navigation', 'main', 'contentinfo'] as const)
    expect(await tab.getByRole(role).count(), role).toBe(1);
  expect(await tab.locator('h1').count()).toBe(1);
});
