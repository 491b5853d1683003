import { spawn } from 'node:child_process';
import { randomInt } from 'node:crypto';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import {
  type ActionOptions,
  type RunningAction,
  type StepResult,
  startAction,
} from '@apex-actions/testkit/run-action';
import { XMLParser, XMLValidator } from 'fast-xml-parser';
import { expect, onTestFinished } from 'vitest';
import type { Answer, SeenRequest } from './answers.ts';

export { onlyError } from '@apex-actions/testkit/only-error';

const directory = fileURLToPath(new URL('../..', import.meta.url));
const app = fileURLToPath(new URL('app.ts', import.meta.url));

export type App = {
  origin: string;
  host: string;
  /** What it was asked so far. */
  seen(): Promise<SeenRequest[]>;
};

export type AppOptions = {
  env?: Record<string, string>;
  /** By `METHOD /path`: an answer, or one after the other, of which the last one stays. */
  answers?: Record<string, Answer | Answer[]>;
};

/** An address on this machine where nothing listens, and nothing else happens to. */
export function freeAddress(): { HOST: string; PORT: string } {
  return {
    HOST: `127.${randomInt(1, 255)}.${randomInt(255)}.${randomInt(1, 255)}`,
    PORT: String(randomInt(20_000, 30_000)),
  };
}

/** The application in a process of its own, which ends with the test. */
export async function startApp({ env = {}, answers = {} }: AppOptions = {}): Promise<App> {
  const lists = Object.entries(answers).map(([request, answer]) => [request, [answer].flat()]);
  const child = spawn(process.execPath, [app], {
    env: { ...env, ANSWERS: JSON.stringify(Object.fromEntries(lists)) },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  onTestFinished(() => {
    child.kill('SIGKILL');
  });
  for await (const line of createInterface(child.stdout)) {
    const [port, control] = line.split(' ');
    const host = `${env.HOST ?? '127.0.0.1'}:${port}`;
    return {
      host,
      origin: `${env.CERTIFICATE ? 'https' : 'http'}://${host}`,
      seen: async () => (await fetch(`http://127.0.0.1:${control}/seen`)).json() as Promise<SeenRequest[]>,
    };
  }
  throw new Error('the application did not start');
}

/** A folder with these files. */
export function folder(files: Readonly<Record<string, string>>): string {
  const root = mkdtempSync(join(tmpdir(), 'smoke-'));
  onTestFinished(() => rmSync(root, { recursive: true, force: true }));
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(dirname(join(root, name)), { recursive: true });
    writeFileSync(join(root, name), text);
  }
  return root;
}

type Inputs = Record<string, string>;
type Options = Pick<ActionOptions, 'env'> & { files?: Readonly<Record<string, string>> };

/** The step, on its way. `files` lie in its workspace. */
export function start(inputs: Inputs, { env = {}, files = {} }: Options = {}): RunningAction {
  const workspace = folder(files);
  const running = startAction({
    directory,
    inputs,
    env: { GITHUB_WORKSPACE: workspace, ...env },
    // A step that does not end by itself when it is cancelled is not helped, and its test does not end.
    cancelDelays: { sigtermAfterMs: 3_600_000, sigkillAfterMs: 0 },
  });
  onTestFinished(() => running.dispose());
  return running;
}

export type TestCase = {
  name: string;
  classname: string;
  failure?: { message: string; text: string };
  skipped?: { message: string };
};
export type Report = {
  url: string;
  passed: number;
  failed: number;
  skipped: number;
  checks: {
    name: string;
    status: string;
    attempts: number;
    failures: { what: string; expected?: string; got?: string; hint?: string }[];
    answer?: { status: number; excerpt: string };
    reason?: string;
  }[];
  load?: {
    total: { requests: number; errors: number; reasons: { reason: string; count: number }[] };
    checks: Record<string, { requests: number; errors: number }>;
    violations: { limit: string; expected: string; got: string }[];
    requestsPerSecond: number;
  };
  loadError?: string;
};
/** What a step left, with its files read. */
export type Run = StepResult & {
  report: Report;
  reportText: string;
  junitText: string;
  suite: { tests: string; failures: string; skipped: string };
  cases: TestCase[];
};

export async function finish(running: RunningAction): Promise<Run> {
  const result = await running.main;
  const { report, junit } = result.outputs;
  if (!report || !junit) throw new Error(`The step left no results:\n${result.log}`);
  const [reportText, junitText] = [readFileSync(report, 'utf8'), readFileSync(junit, 'utf8')];
  return { ...result, report: JSON.parse(reportText), reportText, junitText, ...readJunit(junitText) };
}

/** A step that came to results. */
export async function run(inputs: Inputs, options: Options = {}): Promise<Run> {
  return finish(start(inputs, options));
}

/** XML 1.0, whatever a parser lets pass (https://www.w3.org/TR/xml/#charsets). */
const NO_XML = /[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]/u;

export function readJunit(xml: string): Pick<Run, 'suite' | 'cases'> {
  expect(XMLValidator.validate(xml)).toBe(true);
  expect(NO_XML.exec(xml)).toBeNull();
  const parser = new XMLParser({
    ignoreAttributes: false,
    attributeNamePrefix: '',
    textNodeName: 'text',
    parseTagValue: false,
    isArray: (name) => name === 'testcase',
  });
  const { testsuite } = parser.parse(xml).testsuites;
  return { suite: testsuite, cases: testsuite.testcase };
}

/** The rows of the summary's first table, split at the borders of its cells. */
export function rows(summary: string): string[][] {
  const lines = summary.split('\n');
  const head = lines.findIndex((line) => line.startsWith('| Check |'));
  const rest = lines.slice(head + 2);
  const end = rest.findIndex((line) => !line.startsWith('|'));
  return rest.slice(0, end).map((line) => line.slice(2, -2).split(' | '));
}

/** Resolves once it holds. */
export async function until(holds: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await holds())) await new Promise((done) => setTimeout(done, 20));
}
