import { formatDuration } from '../action/duration.ts';
import { formatShare } from '../action/share.ts';
import type { Usual } from '../analysis/evidence.ts';
import type { Policy } from '../analysis/policy.ts';
import { type Remedy, remedyFor, type StepForecast } from './forecast.ts';
import type { Plan } from './plan.ts';

/** Rounded up: to minutes from three of them on, else to seconds. */
function atMost(ms: number): string {
  const unit = ms >= 180_000 ? 60_000 : 1000;
  return formatDuration(Math.ceil(ms / unit) * unit);
}

function count(requests: number): string {
  return requests < 10 ? requests.toFixed(1) : String(Math.round(requests));
}

/** One line a step: what it will see, what it would catch, how long a total failure may last. */
export function describeForecast(step: StepForecast, { bakeMs, maxBakeMs }: Plan): string {
  const { percent, requests, smallestShare, totalFailureMs, healthyFrom } = step;
  const caught =
    smallestShare === undefined
      ? 'too few to prove any share of errors'
      : `${formatShare(smallestShare)} errors or more are caught with 90 % probability`;
  const total =
    totalFailureMs === undefined
      ? `a total failure may not be proven within ${formatDuration(maxBakeMs)}`
      : `a total failure is rolled back within about ${atMost(totalFailureMs)}`;
  const healthy =
    requests * (maxBakeMs / bakeMs) < healthyFrom ? `; healthy takes ${healthyFrom} requests` : '';
  return `${percent} %: about ${count(requests)} requests in ${formatDuration(bakeMs)}; ${caught}; ${total}${healthy}`;
}

function advice({ percent, bakeMs }: Remedy): string {
  const ways = [
    ...(percent === undefined ? [] : [`use ${percent} %`]),
    ...(bakeMs === undefined ? [] : [`bake ${atMost(bakeMs)}`]),
    'send requests of your own with `probe`',
  ];
  return ways.length === 1 ? `${ways[0]}` : `${ways.slice(0, -1).join(', ')}, or ${ways.at(-1)}`;
}

/** A warning for each step that cannot see what its limit promises; with probes there is nothing to warn of. */
export function forecastWarnings(
  steps: readonly StepForecast[],
  plan: Plan,
  policy: Policy,
  before: Usual,
): string[] {
  if (policy.probed) return [];
  return steps.flatMap((step) => {
    const remedy = remedyFor(step, plan, policy, before);
    if (!remedy) return [];
    const perMinute = (step.requests / plan.bakeMs) * 60_000;
    return [
      `At ${count(perMinute)} requests a minute the step at ${step.percent} % cannot tell ${formatShare(policy.maxErrorRate)} errors from ${formatShare(remedy.share)} in ${formatDuration(plan.bakeMs)}: ${advice(remedy)}`,
    ];
  });
}
