import { InputReader } from '@apex-actions/shared/action/inputs';
import { isLoopbackName } from '@apex-actions/shared/cloudrun/endpoint';
import { readOptionalImage } from '@apex-actions/shared/registry/image-input';
import type { ImageReference } from '@apex-actions/shared/registry/reference';
import { type CheckSet, readChecks } from '@apex-actions/shared/smoke/checks-input';
import { type Load, readLoad } from './load-input.ts';

export type Inputs = {
  url: URL;
  checks: CheckSet;
  /** The file that the checks come from, for annotations. */
  checksFile: string | undefined;
  /** `auto`: for the audience of the URL. */
  idToken: 'none' | 'auto' | { audience: string };
  image: ImageReference | undefined;
  commit: string | undefined;
  patienceMs: number;
  requestTimeoutMs: number;
  retries: number;
  continueOnFailure: boolean;
  load: Load | undefined;
};

type Env = Readonly<Record<string, string | undefined>>;

const SECOND = 1000;
const LONGEST_WAIT_MS = 3600 * SECOND;
const MOST_RETRIES = 100;

function readUrl(reader: InputReader): URL | undefined {
  const given = reader.requiredText('url');
  const url = URL.canParse(given) ? new URL(given) : undefined;
  const accepted = 'an http or https URL without user, query and fragment';
  if (url?.username || url?.password) {
    // Not shown: a password may be in it.
    reader.reject('url', `has a user or a password in it; accepted: ${accepted}`);
  } else if (url && /^https?:$/.test(url.protocol) && !url.search && !url.hash) {
    return url;
  } else if (given) {
    reader.problem('url', given, accepted);
  }
  return undefined;
}

function readIdToken(reader: InputReader, url: URL | undefined): Inputs['idToken'] {
  const given = reader.text('id-token') ?? 'false';
  if (given === 'false') return 'none';
  if (url?.protocol === 'http:' && !isLoopbackName(url.hostname)) {
    reader.reject('id-token', 'would be sent over plain http; accepted: an https `url`');
  }
  if (given === 'true') return 'auto';
  if (/^https:\/\/\S+$|^\S+\.apps\.googleusercontent\.com$/.test(given)) return { audience: given };
  reader.problem(
    'id-token',
    given,
    '`true`, `false`, or an audience such as `https://shop-abc-ew.a.run.app`',
  );
  return 'none';
}

function readCheckSet(reader: InputReader, env: Env): CheckSet | undefined {
  const given = reader.lines('variables') ?? {};
  const inline = readChecks(reader, 'checks', 'text', given, env);
  const file = readChecks(reader, 'checks-file', 'file', given, env);
  const names = ['checks', 'checks-file'].filter((name) => reader.multiline(name) !== undefined);
  if (names.length === 2) reader.reject('checks-file', 'was given beside `checks`; accepted: one of the two');
  if (names.length === 0)
    reader.reject('checks', 'is required, or `checks-file`; `GET /health` alone is a check');
  return inline ?? file;
}

/** Every input, parsed to its real type. All problems come in one error. */
export function readInputs(env: Env): Inputs {
  const reader = new InputReader(env);
  const url = readUrl(reader);
  const checks = readCheckSet(reader, env);
  const inputs = {
    checksFile: reader.text('checks-file'),
    idToken: readIdToken(reader, url),
    image: readOptionalImage(reader),
    commit: reader.pattern('commit', /^[0-9a-f]{7,40}$/, 'a commit, 7 to 40 hexadecimal digits'),
    patienceMs: reader.duration('timeout', { max: LONGEST_WAIT_MS }) ?? 60 * SECOND,
    requestTimeoutMs: reader.duration('request-timeout', { min: 1, max: LONGEST_WAIT_MS }) ?? 30 * SECOND,
    retries: reader.integer('retries', { min: 0, max: MOST_RETRIES }) ?? 0,
    continueOnFailure: reader.boolean('continue-on-failure') ?? false,
    load: readLoad(reader),
  };
  reader.finish();
  if (!url || !checks) throw new Error('unreachable: finish() reports what is missing');
  return { ...inputs, url, checks };
}
