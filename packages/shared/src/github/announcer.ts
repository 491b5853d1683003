import { setTimeout } from 'node:timers/promises';
import type { Clock } from '../action/clock.ts';
import type { Log } from '../action/log.ts';
import { type ServiceId, serviceName } from '../cloudrun/resources.ts';
import { HEADLINES } from '../report/summary/names.ts';
import type { Outcome, State, StepReport } from '../rollout/machine.ts';
import { pauseMs } from './cadence.ts';
import type { GitHubClient } from './client.ts';
import { PullComment } from './comment.ts';
import { findDeployment, type Target } from './deployment.ts';
import { type DeploymentState, describeOutcome, describeProgress, type Said, shortened } from './describe.ts';
import { describeFailure, isFinal, quietUntilMs, type Subject } from './failure.ts';
import { openIssue } from './issue.ts';
import { Latest } from './latest.ts';
import { marker } from './marker.ts';
import type { Place } from './place.ts';
import { commentBody } from './text.ts';

/** What is asked of GitHub in the inputs of a step. */
export type GitHubInputs = {
  token: string;
  environment: string | undefined;
  /** Open an issue on a rollback. */
  issue: boolean;
};

/** What is rolled out, or back from. */
type Subjected = {
  revision: string;
  image: string;
  /** Of the service. */
  url: string;
  /** The commit that is deployed, where it is not the run's. */
  ref?: string | undefined;
  /** The commit whose pull request is told, where it is not the run's. */
  releasedSha?: string | undefined;
};

type Finished = Subjected & {
  outcome: Outcome;
  reason: string;
  steps: readonly StepReport[];
  /** Markdown; the body of an issue. */
  summary: string;
};

/** A rollback by hand that has moved users. */
type MovedBack = Subjected & { to: string; healthy: boolean; reason: string; summary: string };

/** Tells GitHub. Nothing here throws; `progress` does not wait either. */
export type Announcer = {
  progress(state: State, subject: Subjected): void;
  /** Waits for the last news to be sent, as long as `FINISH_MS` and the signal let it. */
  finished(news: Finished): Promise<void>;
  movedBack(news: MovedBack): Promise<void>;
  /** The step breaks off: what was announced as going on is ended. */
  brokeOff(reason: string): Promise<void>;
};

type Options = {
  inputs: GitHubInputs;
  place: Place;
  id: ServiceId;
  clock: Clock;
  log: Log;
  /** Aborted when the job is cancelled: then there is little time left. */
  signal: AbortSignal;
  /** Loads the client when there is something to say. */
  connect: (signal: AbortSignal) => Promise<GitHubClient>;
};

/** Of what is said at one time. */
type News = Said & { comment: Comment; subject: Subjected };
type Comment = { headline: string; reason: string; steps: readonly StepReport[] };

/** How long the end of a step waits for GitHub. */
const FINISH_MS = 10_000;
/** Where GitHub was down before, or the job was cancelled, which the runner ends with SIGKILL after 10 s. */
const HURRIED_MS = 3_000;

export class GitHubAnnouncer implements Announcer {
  readonly #options: Options;
  readonly #stop = new AbortController();
  readonly #latest: Latest<News>;
  readonly #comment = new PullComment();
  readonly #givenUp = new Set<Subject>();
  readonly #warned = new Set<string>();
  #client: Promise<GitHubClient> | undefined;
  #target: Target | undefined;
  #environment: string | undefined;
  #said: News | undefined;
  /** Whether GitHub was down when it was asked last. */
  #down = false;
  /** What it said then about when to ask again. */
  #quietUntilMs = 0;

  constructor(options: Options) {
    this.#options = options;
    this.#latest = new Latest({
      clock: options.clock,
      keyOf: ({ state, description }) => `${state} ${description}`,
      pauseMs: (sent) => pauseMs(sent + (this.#target?.statuses ?? 0)),
      send: (news) => this.#send(news),
    });
  }

  progress(state: State, subject: Subjected): void {
    const said = describeProgress(state);
    if (!said) return;
    const { phase, plan, step, stepStartedMs, reports } = state;
    const percent = phase === 'verifying' ? 0 : (plan.steps[step] ?? 100);
    // The comment changes with the steps only; what a step has shown is in it from the next one on.
    const steps = reports.filter(({ startMs }) => startMs < stepStartedMs);
    const comment = { headline: `🚢 Rolling out, ${percent} %`, reason: '', steps };
    this.#said = { ...said, comment, subject };
    this.#latest.offer(this.#said);
  }

  finished({ outcome, reason, steps, summary, ...subject }: Finished): Promise<void> {
    const said = describeOutcome(outcome, reason);
    const comment = { headline: HEADLINES[outcome], reason, steps };
    return this.#finish({ ...said, comment, subject }, outcome === 'rolled-back' ? summary : undefined);
  }

  movedBack({ to, healthy, reason, summary, ...subject }: MovedBack): Promise<void> {
    const state: DeploymentState = healthy ? 'success' : 'failure';
    const description = `rolled back from ${subject.revision} to ${to}${reason === '' ? '' : `: ${reason}`}`;
    const comment = { headline: '⏪ Rolled back', reason: description, steps: [] };
    return this.#finish({ state, description: shortened(description), comment, subject }, summary);
  }

  async brokeOff(reason: string): Promise<void> {
    if (!this.#said) return;
    const comment = { ...this.#said.comment, headline: HEADLINES.aborted, reason };
    await this.#finish({ ...describeOutcome('aborted', reason), comment, subject: this.#said.subject });
  }

  /** The last news, within its time; what cannot be sent by then is given up. */
  async #finish(news: News, issue?: string): Promise<void> {
    const { signal } = this.#options;
    const all = async () => {
      await this.#latest.close();
      await this.#send(news);
      if (issue !== undefined) await this.#openIssue(news.subject, issue);
    };
    const limit = new AbortController();
    const sent = all().then(() => true);
    const late = this.#lastMoment(signal, limit.signal).then(() => false);
    if (!(await Promise.race([sent, late]))) {
      this.#warn('down', 'GitHub did not answer in time, which changes nothing about the rollout');
    }
    limit.abort();
    this.#stop.abort();
  }

  async #lastMoment(cancelled: AbortSignal, done: AbortSignal): Promise<void> {
    const sleep = (ms: number, signal: AbortSignal) =>
      setTimeout(ms, undefined, { signal }).catch(() => undefined);
    if (!cancelled.aborted && !this.#down) await sleep(FINISH_MS, AbortSignal.any([cancelled, done]));
    if (cancelled.aborted || this.#down) await sleep(HURRIED_MS, done);
  }

  async #send(news: News): Promise<void> {
    await this.#attempt('deployment', (client) => this.#sendStatus(client, news));
    await this.#attempt('comment', (client) => this.#sendComment(client, news));
  }

  async #sendStatus(client: GitHubClient, { state, description, subject }: News): Promise<void> {
    const { place, inputs, id } = this.#options;
    this.#target ??= await findDeployment(
      client,
      {
        service: serviceName(id),
        environment: inputs.environment,
        fallbackEnvironment: id.service,
        ref: subject.ref,
        revision: subject.revision,
      },
      place,
    );
    const { id: deployment, logUrl, own } = this.#target;
    // The job may still fail: when it has ended GitHub says itself how, on the deployment that it has made for the job.
    const said = state === 'success' && !own ? 'in_progress' : state;
    await client.createStatus(deployment, { state: said, description, environmentUrl: subject.url, logUrl });
  }

  async #sendComment(client: GitHubClient, { comment, subject }: News): Promise<void> {
    const { place, inputs, id } = this.#options;
    this.#environment ??= inputs.environment ?? this.#target?.environment ?? id.service;
    const environment = this.#environment;
    const mark = marker('rollout', serviceName(id), environment);
    const body = commentBody({
      ...comment,
      marker: mark,
      service: id.service,
      environment,
      revision: subject.revision,
      runUrl: place.runUrl,
    });
    const sha = subject.releasedSha ?? place.shas[0] ?? '';
    await this.#comment.write(client, { sha, pull: place.pull, mark, body });
  }

  async #openIssue({ image }: Subjected, summary: string): Promise<void> {
    const { inputs, id, place, log } = this.#options;
    if (!inputs.issue) return;
    await this.#attempt('issue', async (client) => {
      const url = await openIssue(client, id, image, summary, place.runUrl);
      log.info(url === undefined ? 'An issue about this image is open already' : `Opened an issue: ${url}`);
    });
  }

  /** One thing to be told; a failure of it is one warning, and then others go on. */
  async #attempt(subject: Subject, tell: (client: GitHubClient) => Promise<void>): Promise<void> {
    const { clock, connect, log } = this.#options;
    if (this.#givenUp.has(subject) || this.#stop.signal.aborted) return;
    if (clock.nowMs() < this.#quietUntilMs) return;
    try {
      this.#client ??= connect(this.#stop.signal);
      await tell(await this.#client);
      this.#down = false;
    } catch (error) {
      if (this.#stop.signal.aborted) return;
      const nowMs = clock.nowMs();
      const final = isFinal(error, nowMs);
      if (final) this.#givenUp.add(subject);
      this.#down = !final;
      this.#warn(final ? subject : 'down', describeFailure(subject, error, nowMs));
      this.#quietUntilMs = quietUntilMs(error, nowMs) ?? 0;
      this.#latest.quietUntil(this.#quietUntilMs);
      log.debug(error instanceof Error ? (error.stack ?? error.message) : String(error));
    }
  }

  /** Once for each trouble: GitHub being down is one, and so is each permission that is missing. */
  #warn(trouble: string, text: string): void {
    if (this.#warned.has(trouble)) return;
    this.#warned.add(trouble);
    this.#options.log.warning(text);
  }
}
