/** A step for the tests of `run`, started as the runner starts an action; SCENARIO says what it does. */
import { setTimeout as wait } from 'node:timers/promises';
import { z } from 'zod';
import { ActionError } from '../../../src/action/errors.ts';
import { setOutputs } from '../../../src/action/outputs.ts';
import { run, type Steps } from '../../../src/action/run.ts';
import { createState } from '../../../src/action/state.ts';

const begun = createState('begun', z.object({ service: z.string(), percent: z.number() }));

const SCENARIOS: Record<string, Steps['main']> = {
  async succeeds() {
    begun.save({ service: 'api', percent: 10 });
    setOutputs({ url: 'https://x', count: 3, absent: undefined });
    console.log('main');
  },
  async 'leaves handles open'() {
    setInterval(() => {}, 1000);
    process.stdout.write(`${'x'.repeat(99)}\n`.repeat(20_000));
    console.log('the end');
  },
  async 'fails as expected'() {
    const cause = new Error('7 PERMISSION_DENIED', { cause: new Error('the root') });
    throw new ActionError({ what: 'It failed', state: 'Nothing was changed', next: 'Mend it', cause });
  },
  async 'fails unexpectedly'() {
    throw new Error('no one knew\n::set-output name=a::b');
  },
  async 'throws outside'() {
    setTimeout(() => {
      throw new Error('stray\n::set-output name=a::b');
    });
    await wait(60_000);
  },
  async 'rejects outside'() {
    void Promise.reject(new Error('stray'));
    await wait(60_000);
  },
  async 'waits for its signal'(signal) {
    console.log('ready');
    await wait(60_000, undefined, { signal }).catch(() => {});
    console.log(`told: ${signal.reason.message}`);
    // The runner's second signal must not end what is being put right.
    process.kill(process.pid, 'SIGTERM');
    await wait(50);
    console.log('restored');
    throw signal.reason;
  },
  async 'outlives its reader'() {
    console.log('ready');
    for (let i = 0; i < 20; i++) {
      await wait(10);
      console.log('still here');
    }
    process.exitCode = 7;
  },
};

const main = SCENARIOS[process.env.SCENARIO ?? ''];
if (!main) throw new Error('which scenario?');

await run({
  main,
  async post() {
    console.log(`post ${JSON.stringify(begun.read())}`);
  },
});
