import { InputReader } from '@apex-actions/shared/action/inputs';
import type { Policy } from '@apex-actions/shared/analysis/policy';
import type { Verification } from '@apex-actions/shared/cloudrun/health';
import { tagProblem } from '@apex-actions/shared/cloudrun/names';
import type { Probe } from '@apex-actions/shared/cloudrun/prober';
import type { SecretReference } from '@apex-actions/shared/cloudrun/release';
import type { Service } from '@apex-actions/shared/cloudrun/resources';
import { readSecrets, refuseDoubles } from '@apex-actions/shared/cloudrun/secret-inputs';
import { readSpec } from '@apex-actions/shared/cloudrun/spec';
import { readVerification } from '@apex-actions/shared/cloudrun/verification';
import type { GitHubInputs } from '@apex-actions/shared/github/announcer';
import { readGitHubInputs } from '@apex-actions/shared/github/inputs';
import { type Gauge, parseGauges } from '@apex-actions/shared/metrics/gauge';
import { readImage } from '@apex-actions/shared/registry/image-input';
import type { ImageReference } from '@apex-actions/shared/registry/reference';
import type { OnInconclusive, Plan } from '@apex-actions/shared/rollout/plan';

export type Inputs = {
  service: string;
  region: string;
  projectId: string | undefined;
  image: ImageReference;
  spec: Service | undefined;
  env: Record<string, string>;
  secrets: Record<string, SecretReference>;
  plan: Plan;
  policy: Policy;
  gauges: readonly Gauge[];
  probe: Probe | undefined;
  verification: Verification;
  metricsDelayMs: number | undefined;
  tag: string;
  /** Given with `probe`. */
  stableTag: string | undefined;
  dryRun: boolean;
  /** Without a token GitHub is told nothing. */
  github: GitHubInputs | undefined;
  /** Take up the rollout that an earlier run held, instead of deploying. */
  resume: boolean;
};

const ON_INCONCLUSIVE = ['promote-if-clean', 'promote', 'abort'] as const satisfies readonly OnInconclusive[];
const SECOND = 1000;
const HOUR = 3_600_000;
const SHORTEST_PROBE_MS = 50;

function readSteps(reader: InputReader): number[] {
  const steps = reader.integerList('steps', { min: 1, max: 100 }) ?? [];
  const ascending = steps.every((step, i) => i === 0 || step > (steps[i - 1] ?? 0));
  if (!ascending)
    reader.problem('steps', steps.join(', '), 'percentages in ascending order, such as `5, 25, 50`');
  return steps.filter((step) => step < 100);
}

/** The limits; without them their defaults have to be in `reader` already, as the runner puts them there. */
export function readPolicy(reader: InputReader, also: Pick<Policy, 'watched' | 'probed'>): Policy {
  const maxLatencyP95Ms = reader.duration('max-latency-p95', { min: 1 });
  const maxLatencyRatio = reader.ratio('max-latency-ratio');
  return {
    maxErrorRate: reader.share('max-error-rate') ?? 0,
    maxErrorRatio: reader.ratio('max-error-ratio') ?? 1,
    confidence: readConfidence(reader),
    ...also,
    ...(maxLatencyP95Ms === undefined ? {} : { maxLatencyP95Ms }),
    ...(maxLatencyRatio === undefined ? {} : { maxLatencyRatio }),
  };
}

/** `2/s` or `30/m`, and where to: the health path, if nothing is given. */
function readProbe(reader: InputReader, healthPath: string): Probe | undefined {
  const accepted = 'requests per second or minute and a path, such as `2/s` or `30/m /api/items`';
  const given = reader.text('probe');
  if (given === undefined) return undefined;
  const [, count, unit, path = healthPath] = /^(\d+(?:\.\d+)?)\/([sm])(?:\s+(\/\S*))?$/.exec(given) ?? [];
  const intervalMs = (unit === 's' ? SECOND : 60 * SECOND) / Number(count);
  if (intervalMs >= SHORTEST_PROBE_MS && Number.isFinite(intervalMs)) return { path, intervalMs };
  reader.problem('probe', given, `${accepted}, at most 20 a second`);
  return undefined;
}

function readGauges(reader: InputReader): Gauge[] {
  const given = reader.multiline('checks');
  if (given === undefined) return [];
  const parsed = parseGauges(given);
  if (parsed.ok) return parsed.gauges;
  reader.problem('checks', 'a text', `a list of checks; ${parsed.problem}`);
  return [];
}

function readConfidence(reader: InputReader): number {
  const confidence = reader.share('confidence') ?? 0.5;
  if (confidence < 0.5 || confidence >= 1) {
    reader.problem('confidence', String(confidence), 'a share from 50% to below 100%, such as `99%`');
  }
  return confidence;
}

/** A poll renews the lease of the rollout, when five of its ten minutes are over. */
const LONGEST_POLL_MS = 4 * 60 * SECOND;

function readPlan(reader: InputReader): Plan {
  const bakeMs = reader.duration('bake', { min: SECOND }) ?? 0;
  const maxBakeMs = reader.duration('max-bake', { min: SECOND }) ?? bakeMs;
  if (maxBakeMs < bakeMs)
    reader.problem('max-bake', reader.text('max-bake') ?? '', 'at least as long as `bake`');
  const steps = readSteps(reader);
  const holdAt = reader.integer('hold-at', { min: 1, max: 99 });
  if (holdAt !== undefined && !steps.includes(holdAt))
    reader.problem('hold-at', String(holdAt), 'one of the percentages in `steps`, below 100');
  return {
    steps,
    ...(holdAt === undefined ? {} : { holdAt }),
    bakeMs,
    maxBakeMs,
    pollIntervalMs: reader.duration('poll-interval', { min: 100, max: LONGEST_POLL_MS }) ?? 15 * SECOND,
    timeoutMs: reader.duration('timeout', { min: SECOND }) ?? HOUR,
    watchMs: reader.duration('watch') ?? 0,
    onInconclusive: reader.oneOf('on-inconclusive', ON_INCONCLUSIVE) ?? 'abort',
  };
}

/** Every input, parsed to its real type. All problems come in one error. */
export function readInputs(env: Record<string, string | undefined>): Inputs {
  const reader = new InputReader(env);
  const image = readImage(reader);
  const service = reader.requiredText('service');
  const servicePattern = /^[a-z]([a-z0-9-]{0,47}[a-z0-9])?$/;
  if (service && !servicePattern.test(service)) {
    reader.problem(
      'service',
      service,
      'the name of a service: lower-case letters, digits and dashes, fewer than 50',
    );
  }
  const tag = reader.requiredText('tag');
  const problem = tagProblem(tag, service);
  if (problem && servicePattern.test(service)) reader.problem('tag', tag, problem);
  const verification = readVerification(reader, env);
  const plan = readPlan(reader);
  const probe = readProbe(reader, verification.healthPath);
  const stableTag = probe && `${tag}-stable`;
  const stableProblem = stableTag && tagProblem(stableTag, service);
  if (stableProblem && servicePattern.test(service)) reader.problem('tag', tag, stableProblem);
  const inputs = {
    service,
    region: reader.requiredText('region'),
    projectId: reader.text('project-id'),
    spec: readSpec(reader, 'Service'),
    env: reader.pairs('env-vars') ?? {},
    secrets: readSecrets(reader),
    plan,
    policy: readPolicy(reader, { watched: plan.watchMs > 0, probed: probe !== undefined }),
    gauges: readGauges(reader),
    probe,
    verification,
    metricsDelayMs: reader.duration('metrics-delay'),
    tag,
    stableTag,
    dryRun: reader.boolean('dry-run') ?? false,
    github: readGitHubInputs(reader),
    resume: reader.boolean('resume') ?? false,
  };
  refuseDoubles(reader, inputs.env, inputs.secrets);
  if (inputs.resume && inputs.plan.holdAt !== undefined)
    reader.problem('hold-at', String(inputs.plan.holdAt), 'nothing together with `resume`');
  reader.finish();
  if (!image) throw new Error('unreachable: a missing image is a problem that finish() reports');
  return { ...inputs, image };
}
