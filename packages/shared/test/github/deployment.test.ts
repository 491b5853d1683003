import { expect, it } from 'vitest';
import type { FoundDeployment } from '../../src/github/client.ts';
import { chooseDeployment } from '../../src/github/deployment.ts';

const PLACE = { owner: 'octo-org', repo: 'octo-repo', runId: '123' };
const SOUGHT = { service: 'projects/p/locations/l/services/shop', revision: 'shop-2' };
const RUNS = 'https://github.com/octo-org/octo-repo/actions/runs';

function found(id: number, logUrl: string, state = 'in_progress', payload: unknown = {}): FoundDeployment {
  return { id, environment: 'production', payload, newest: { state, logUrl }, statuses: 1 };
}

const OURS = { service: SOUGHT.service, run: '123', revision: 'shop-1' };

it.each([
  ['the job of this run', [found(1, `${RUNS}/123/job/9`)], 1],
  [
    'of a server whose names are written otherwise',
    [found(1, `${RUNS.replace('octo-', 'Octo-')}/123/job/9`)],
    1,
  ],
  ['a link to the run itself', [found(1, `${RUNS}/123`)], 1],
  ['another run, whose number begins alike', [found(1, `${RUNS}/1234/job/9`)], undefined],
  ['a run of another repository', [found(1, 'https://github.com/o/other/actions/runs/123/job/9')], undefined],
  ['one that has ended', [found(1, `${RUNS}/123/job/9`, 'success')], undefined],
  [
    'the one of two that goes on',
    [found(2, `${RUNS}/123/job/9`), found(1, `${RUNS}/123/job/8`, 'failure')],
    2,
  ],
  ['two that go on', [found(2, `${RUNS}/123/job/9`), found(1, `${RUNS}/123/job/8`)], undefined],
  ['no address', [found(1, '')], undefined],
  ['ours before others', [found(2, `${RUNS}/123/job/9`), found(1, `${RUNS}/123`, 'in_progress', OURS)], 1],
  [
    'ours of the run that held it',
    [found(1, `${RUNS}/99`, 'in_progress', { ...OURS, run: '99', revision: 'shop-2' })],
    1,
  ],
  ['ours of another release', [found(1, `${RUNS}/99`, 'in_progress', { ...OURS, run: '99' })], undefined],
  [
    'that of another service of ours',
    [found(1, `${RUNS}/123`, 'in_progress', { ...OURS, service: 'projects/p/locations/l/services/cart' })],
    undefined,
  ],
])('%s', (_what, given, id) => {
  expect(chooseDeployment(given, SOUGHT, PLACE)?.id).toBe(id);
});
