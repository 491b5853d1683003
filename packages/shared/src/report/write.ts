import { mkdtemp, readFile, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readContext } from '../action/context.ts';
import { describeError } from '../action/errors.ts';
import type { Log } from '../action/log.ts';
import { redact } from '../action/redact.ts';
import { givenInputs, runOf, type Showable } from './frame.ts';
import type { Journal } from './journal.ts';
import { embed } from './page.ts';
import type { Recorder } from './recorder.ts';

/** Built before the bundle, and read only when there is something to write. */
const PAGE = new URL('./report.html', import.meta.url);

type Options = Pick<Journal, 'action' | 'service'> & {
  recorder: Pick<Recorder, 'journal'>;
  showable: Showable;
  env: Readonly<Record<string, string | undefined>>;
  log: Pick<Log, 'warning'>;
  /** Takes secrets out of a text: the runner does that with the log alone, not with files. */
  mask: (text: string) => string;
};

/** Fields with what somebody said or gave, in which anything may stand. */
const SAID = new Set(['text', 'reason', 'error', 'what', 'value', 'detail']);

function masked(journal: Journal, mask: (text: string) => string): Journal {
  return JSON.parse(JSON.stringify(journal), (key, value: unknown) =>
    typeof value === 'string' && SAID.has(key) ? redact(mask(value)) : value,
  );
}

/**
 * Writes the report, for the step's owner alone, and returns where it is; `undefined`, and a warning, where that failed: it
 * must not fail what it reports on.
 * @param failure why the step is going to fail
 */
export async function writeReport(options: Options, failure: unknown): Promise<string | undefined> {
  const { action, service, recorder, showable, env, log, mask } = options;
  try {
    const journal = recorder.journal({
      action,
      service,
      run: runOf(readContext(env)),
      inputs: givenInputs(env, showable),
      ...(failure === undefined ? {} : { error: describeError(failure) }),
    });
    const html = embed(await readFile(PAGE, 'utf8'), masked(journal, mask));
    const folder = await mkdtemp(join(env.RUNNER_TEMP ?? tmpdir(), `${action}-`));
    const path = join(folder, 'report.html');
    await writeFile(path, html, { mode: 0o600 });
    return path;
  } catch (error) {
    log.warning(`The report could not be written: ${describeError(error)}`);
    return undefined;
  }
}
