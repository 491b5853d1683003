import { setTimeout } from 'node:timers/promises';
import { stripVTControlCharacters } from 'node:util';
import type { StepResult } from '@apex-actions/testkit/run-action';
import { describe, expect, it } from 'vitest';
import { createStage, image, type Stage } from './support/stage.ts';
import { told } from './support/told.ts';

/** Step, verdict, progress and both arms, in columns that all polls share. */
const COLUMNS =
  /^( {1,3}\d+ %|watch) \| [\w-]{7,12} *\| [█░]{8} +\S+ \/ \S+ *\| canary .{36,80} \| stable .{36,80} \| ./;

function expectReadable({ log, summary, limitViolations }: StepResult): void {
  const polls = stripVTControlCharacters(log)
    .split('\n')
    .filter((line) => /^ *(\d+ %|watch) \| /.test(line));
  expect(polls.filter((line) => !COLUMNS.test(line))).toEqual([]);
  expect(new Set(polls.map((line) => line.lastIndexOf(' | stable '))).size).toBeLessThanOrEqual(1);
  expect(Buffer.byteLength(summary)).toBeLessThanOrEqual(65_536);
  expect(limitViolations).toEqual([]);
}

async function served(): Promise<Stage> {
  const stage = await createStage();
  await stage.create('v1');
  await stage.load();
  await setTimeout(2000); // until Cloud Monitoring shows them
  return stage;
}

const begun = (line: string) => line.includes('50 % |');

describe('what the log and the summary tell', () => {
  it('of a release that is promoted', async () => {
    const stage = await served();
    const result = await stage.deploy('v2');
    expectReadable(result);
    expect(told(result)).toMatchInlineSnapshot(`
      [
        "▸ Deploy the canary at 0 %",
        " shop-2 is Ready at 0 %, at http://HOST",
        "<green>✓ Deployed</>: shop-2 is Ready at 0 %, at http://HOST; next: its health check",
        "▸ Check the canary at its own URL",
        " Healthy at http://HOST: GET /health answered 200",
        "<green>✓ Verified</>: shop-2 answers at its own URL; next: 50 % of the users",
        "▸ Shift 50 % to the canary and bake",
        " 50 % | <green>healthy </> | PROGRESS | canary N req SHARE err P95 N | stable N req SHARE err P95 N | every check is below its limit; next: all users",
        "<green>✓ 50 %: healthy after DURATION</>: every check is below its limit (error-rate: SHARE errors in N requests); next: all users",
        "▸ Promote to 100 %",
        " shop-2 serves all users",
        "<green>✓ Promoted</>: shop-2 serves all users",
        "## ✅ Promoted: \`shop\`",
        "**\`shop-2\` serves all users.** Every check was within its limit: SHARE of the requests failed, against SHARE with the version before.",
      ]
    `);
  });

  it('of one that fails requests', async () => {
    const stage = await served();
    const result = await stage.deploy('failing');
    expectReadable(result);
    expect(told(result)).toMatchInlineSnapshot(`
      [
        "▸ Deploy the canary at 0 %",
        " shop-2 is Ready at 0 %, at http://HOST",
        "<green>✓ Deployed</>: shop-2 is Ready at 0 %, at http://HOST; next: its health check",
        "▸ Check the canary at its own URL",
        " Healthy at http://HOST: GET /health answered 200",
        "<green>✓ Verified</>: shop-2 answers at its own URL; next: 50 % of the users",
        "▸ Shift 50 % to the canary and bake",
        " 50 % | <red>failing </> | PROGRESS | canary N req SHARE err P95 N | stable N req SHARE err P95 N | error-rate over 10 %, counted since its first user; next: stable is restored",
        "<red>✗ 50 %: failing after DURATION</>: error-rate: canary SHARE errors in N requests, stable SHARE errors in N requests; the limit is 10 %; next: stable is restored",
        "▸ Restore stable",
        " Users have what they had before: shop-1 100 %",
        "<red>✗ Rolled back</>: users have shop-1 100 % again; up to 50 % of the users had shop-2 for DURATION",
        "##[error]Canary shop-2 was rolled back: error-rate: canary SHARE errors in N requests, stable SHARE errors in N requests; the limit is 10 %. Stable serves again: shop-1 100 %. Look at the logs of the canary (linked in the summary), mend the release, and deploy again.",
        "## ❌ Rolled back: \`shop\`",
        "**With \`shop-2\` SHARE of the requests failed, against SHARE with the version before.** Up to 50 % of the users had \`shop-2\` for DURATION; everybody is on \`shop-1\`.",
      ]
    `);
  });

  it('of one that only fails probes', async () => {
    const stage = await createStage();
    await stage.create('v1');
    const result = await stage.deploy('failing', { probe: '20/s /' });
    expectReadable(result);
    expect(told(result)).toMatchInlineSnapshot(`
      [
        "▸ Deploy the canary at 0 %",
        " shop-2 is Ready at 0 %, at http://HOST",
        "<green>✓ Deployed</>: shop-2 is Ready at 0 %, at http://HOST; next: its health check",
        "▸ Check the canary at its own URL",
        " Healthy at http://HOST: GET /health answered 200",
        "<green>✓ Verified</>: shop-2 answers at its own URL; next: 50 % of the users",
        "▸ Shift 50 % to the canary and bake",
        " 50 % | <red>failing </> | PROGRESS | canary N req SHARE err P95 N + N probes SHARE err | stable N req SHARE err P95 N + N probes SHARE err | probe-errors over 10 %, counted since the probes began to count; next: stable is restored",
        "<red>✗ 50 %: failing after DURATION</>: probe-errors: canary SHARE errors in our N probes, stable SHARE errors in our N probes; the limit is 10 %; next: stable is restored",
        "▸ Restore stable",
        " Users have what they had before: shop-1 100 %",
        "<red>✗ Rolled back</>: users have shop-1 100 % again; up to 50 % of the users had shop-2 for DURATION",
        "##[error]Canary shop-2 was rolled back: probe-errors: canary SHARE errors in our N probes, stable SHARE errors in our N probes; the limit is 10 %. Stable serves again: shop-1 100 %. Look at the logs of the canary (linked in the summary), mend the release, and deploy again.",
        "## ❌ Rolled back: \`shop\`",
        "**With \`shop-2\` SHARE of our probes failed, against SHARE with the version before.** Up to 50 % of the users had \`shop-2\` for DURATION; everybody is on \`shop-1\`.",
      ]
    `);
  });

  it('of one that does not start', async () => {
    const stage = await served();
    const result = await stage.deploy('broken');
    expectReadable(result);
    expect(told(result)).toMatchInlineSnapshot(`
      [
        "▸ Deploy the canary at 0 %",
        "<red>✗ Not deployed</>: Revision 'shop-2' is not ready and cannot serve traffic. The user-provided container failed to start and listen on the port defined provided by the PORT=N environment variable within the allocated timeout. This can happen when the container port is misconfigured or if the timeout is too short. The health check timeout can be extended. Logs for this revision might contain more information.; next: stable is restored",
        "▸ Restore stable",
        " Users have what they had before: shop-1 100 %",
        "<red>✗ Rolled back</>: users have shop-1 100 % as before; no user had shop-2",
        "##[error]Canary shop-2 was rolled back: Revision 'shop-2' is not ready and cannot serve traffic. The user-provided container failed to start and listen on the port defined provided by the PORT=N environment variable within the allocated timeout. This can happen when the container port is misconfigured or if the timeout is too short. The health check timeout can be extended. Logs for this revision might contain more information. Stable serves again: shop-1 100 %. Look at the logs of the canary (linked in the summary), mend the release, and deploy again.",
        "## ❌ Rolled back: \`shop\`",
        "**\`shop-2\` was not fit to serve: \`Revision 'shop-2' is not ready and cannot serve traffic. The user-provided container failed to start and listen on the port defined provided by the PORT=N environment variable within the allocated timeout. This can happen when the container port is misconfigured or if the timeout is…\`.** No user had \`shop-2\`; everybody is on \`shop-1\`.",
      ]
    `);
  });

  it('of one that an outage of both arms holds up until its time is over', async () => {
    const stage = await served();
    const running = stage.start('canary-deploy', { image: image('v2'), timeout: '20s' });
    await running.waitForLine(begun);
    stage.emulator.control.setServiceFault('shop', { failShare: 1 });
    await running.waitForLine((line) => line.includes('holding'));
    const result = await running.main;
    expectReadable(result);
    expect(told(result)).toMatchInlineSnapshot(`
      [
        "▸ Deploy the canary at 0 %",
        " shop-2 is Ready at 0 %, at http://HOST",
        "<green>✓ Deployed</>: shop-2 is Ready at 0 %, at http://HOST; next: its health check",
        "▸ Check the canary at its own URL",
        " Healthy at http://HOST: GET /health answered 200",
        "<green>✓ Verified</>: shop-2 answers at its own URL; next: 50 % of the users",
        "▸ Shift 50 % to the canary and bake",
        " 50 % | <yellow>inconclusive</> | PROGRESS | canary N req SHARE err P95 N | stable N req SHARE err P95 N | nothing is proven; next: stable is restored",
        "<yellow>! 50 %: inconclusive after DURATION</>: timeout before a verdict; last: both arms are down: in the last interval stable shows SHARE errors in N requests, canary SHARE errors in N requests; this is not held against the canary, the step waits until it clears; next: stable is restored",
        "▸ Restore stable",
        " Users have what they had before: shop-1 100 %",
        "<yellow>! Aborted</>: users have shop-1 100 % again; up to 50 % of the users had shop-2 for DURATION",
        "##[error]Canary shop-2 was stopped without a verdict: timeout before a verdict; last: both arms are down: in the last interval stable shows SHARE errors in N requests, canary SHARE errors in N requests; this is not held against the canary, the step waits until it clears. Stable serves again: shop-1 100 %. See the reason above; the same deploy can be run again.",
        "## ⚠️ Aborted: \`shop\`",
        "**It was stopped without a verdict: \`timeout before a verdict; last: both arms are down: in the last interval stable shows SHARE errors in N requests, canary SHARE errors in N requests; this is not held against the canary, the step waits until it clears\`.** Up to 50 % of the users had \`shop-2\` for DURATION; everybody is on \`shop-1\`.",
      ]
    `);
  });

  it('of one whose time is over before Cloud Monitoring shows a request', async () => {
    const stage = await createStage();
    await stage.create('v1');
    const result = await stage.deploy('v2', { timeout: '10s', 'max-bake': '1m' });
    expectReadable(result);
    expect(told(result)).toMatchInlineSnapshot(`
      [
        "▸ Deploy the canary at 0 %",
        " shop-2 is Ready at 0 %, at http://HOST",
        "<green>✓ Deployed</>: shop-2 is Ready at 0 %, at http://HOST; next: its health check",
        "▸ Check the canary at its own URL",
        " Healthy at http://HOST: GET /health answered 200",
        "<green>✓ Verified</>: shop-2 answers at its own URL; next: 50 % of the users",
        "▸ Shift 50 % to the canary and bake",
        " 50 % | <cyan>no-data </> | PROGRESS | canary N req SHARE err P95 N | stable N req SHARE err P95 N | no request was seen; next: stable is restored",
        "<yellow>! 50 %: no-data after DURATION</>: timeout before a verdict; last: no complete interval of this step shows a request to the canary; next: stable is restored",
        "▸ Restore stable",
        " Users have what they had before: shop-1 100 %",
        "<yellow>! Aborted</>: users have shop-1 100 % again; up to 50 % of the users had shop-2 for DURATION",
        "##[error]Canary shop-2 was stopped without a verdict: timeout before a verdict; last: no complete interval of this step shows a request to the canary. Stable serves again: shop-1 100 %. See the reason above; the same deploy can be run again.",
        "## ⚠️ Aborted: \`shop\`",
        "**It was stopped without a verdict: \`timeout before a verdict; last: no complete interval of this step shows a request to the canary\`.** Up to 50 % of the users had \`shop-2\` for DURATION; everybody is on \`shop-1\`.",
      ]
    `);
  });

  it('of one that is cancelled', async () => {
    const stage = await served();
    const running = stage.start('canary-deploy', { image: image('v2') });
    await running.waitForLine(begun);
    running.cancel();
    const result = await running.main;
    expectReadable(result);
    expect(told(result)).toMatchInlineSnapshot(`
      [
        "▸ Deploy the canary at 0 %",
        " shop-2 is Ready at 0 %, at http://HOST",
        "<green>✓ Deployed</>: shop-2 is Ready at 0 %, at http://HOST; next: its health check",
        "▸ Check the canary at its own URL",
        " Healthy at http://HOST: GET /health answered 200",
        "<green>✓ Verified</>: shop-2 answers at its own URL; next: 50 % of the users",
        "▸ Shift 50 % to the canary and bake",
        " 50 % | <cyan>no-data </> | PROGRESS | canary N req SHARE err P95 N | stable N req SHARE err P95 N | the first metrics of this step are due at TIME",
        "<yellow>! 50 %: no-data after DURATION</>: the step was cancelled (SIGINT); next: stable is restored",
        "▸ Restore stable",
        " Users have what they had before: shop-1 100 %",
        "<yellow>! Aborted</>: users have shop-1 100 % again; up to 50 % of the users had shop-2 for DURATION",
        "##[error]Canary shop-2 was stopped without a verdict: the step was cancelled (SIGINT). Stable serves again: shop-1 100 %. See the reason above; the same deploy can be run again.",
        "## ⚠️ Aborted: \`shop\`",
        "**It was stopped without a verdict: \`the step was cancelled (SIGINT)\`.** Up to 50 % of the users had \`shop-2\` for DURATION; everybody is on \`shop-1\`.",
      ]
    `);
  });

  it('of one whose metrics cannot be read for a while', async () => {
    const stage = await served();
    const running = stage.start('canary-deploy', { image: image('v2') });
    await running.waitForLine(begun);
    stage.emulator.control.addFault({ method: 'ListTimeSeries', code: 'UNAVAILABLE', from: 1, count: 6 });
    const result = await running.main;
    expectReadable(result);
    expect(told(result)).toMatchInlineSnapshot(`
      [
        "▸ Deploy the canary at 0 %",
        " shop-2 is Ready at 0 %, at http://HOST",
        "<green>✓ Deployed</>: shop-2 is Ready at 0 %, at http://HOST; next: its health check",
        "▸ Check the canary at its own URL",
        " Healthy at http://HOST: GET /health answered 200",
        "<green>✓ Verified</>: shop-2 answers at its own URL; next: 50 % of the users",
        "▸ Shift 50 % to the canary and bake",
        " 50 % | <green>healthy </> | PROGRESS | canary N req SHARE err P95 N | stable N req SHARE err P95 N | every check is below its limit; next: all users",
        "<green>✓ 50 %: healthy after DURATION</>: every check is below its limit (error-rate: SHARE errors in N requests); next: all users",
        "▸ Promote to 100 %",
        " shop-2 serves all users",
        "<green>✓ Promoted</>: shop-2 serves all users",
        "## ✅ Promoted: \`shop\`",
        "**\`shop-2\` serves all users.** Every check was within its limit: SHARE of the requests failed, against SHARE with the version before.",
      ]
    `);
    expect(result.log).toMatch(/Trying again in \S+: UNAVAILABLE/);
  });

  it('without colours, where they are not wanted', async () => {
    const stage = await served();
    const result = await stage.run(
      'canary-deploy',
      { image: image('v2'), 'on-inconclusive': 'promote' },
      { NO_COLOR: '1' },
    );
    expect(result.log).not.toContain('\u001b');
    expectReadable(result);
  });
});
