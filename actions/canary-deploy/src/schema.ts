import { ActionError } from '@apex-actions/shared/action/errors';
import { describeSplit, type Split } from '@apex-actions/shared/cloudrun/traffic';
import type { Plan } from '@apex-actions/shared/rollout/plan';
import {
  describeMisfit,
  downCommand,
  type Misfit,
  misfitsOf,
  type SchemaHistory,
} from '@apex-actions/shared/rollout/schema';
import type { Deps } from './deps.ts';
import type { Inputs } from './inputs.ts';

/**
 * The plan as it can be carried out with the database as it is. Old and new code do not serve side by side across a breaking
 * migration; what is left is a full cut-over, and that is not watched, since the way back would lead to code that does not
 * fit. Without such a migration there has to be a canary.
 */
export async function planAcross(
  schema: SchemaHistory | undefined,
  stable: Split,
  { plan }: Pick<Inputs, 'plan'>,
  deps: Pick<Deps, 'port' | 'log'>,
): Promise<Plan> {
  const misfits = schema ? await misfitsIn(schema, stable, deps) : [];
  const cutOver = plan.steps.length === 0;
  if (schema && misfits.length > 0) {
    if (!cutOver) throw refused(schema, misfits, stable, deps);
    deps.log.warning(
      `A full cut-over to schema ${schema.current}: ${misfits.map(describeMisfit).join('; ')}. There is no way back without a migration down${plan.watchMs > 0 ? ', so it is not watched' : ''}`,
    );
    return { ...plan, watchMs: 0 };
  }
  if (!cutOver) return plan;
  throw new ActionError({
    what: '`steps` is 100, so there would be no canary to judge; that is only for a cut-over across a breaking migration',
    state: `Nothing was changed; users have ${describeSplit(stable)}`,
    next: 'Give `steps` at least one percentage below 100',
  });
}

async function misfitsIn(
  schema: SchemaHistory,
  stable: Split,
  { port }: Pick<Deps, 'port'>,
): Promise<Misfit[]> {
  const revisions = await Promise.all(stable.map(({ revision }) => port.revision(revision)));
  return misfitsOf(
    schema,
    revisions.filter((revision) => revision !== undefined),
  );
}

function refused(
  schema: SchemaHistory,
  misfits: readonly Misfit[],
  stable: Split,
  { port }: Pick<Deps, 'port'>,
): ActionError {
  const down = downCommand(schema, port.id, misfits[0]?.expects);
  return new ActionError({
    what: `Stable and the new revision, which expects schema ${schema.current}, do not fit the same database: ${misfits.map(describeMisfit).join('; ')}. They cannot serve side by side`,
    state: `Nothing was changed; users have ${describeSplit(stable)}`,
    next: `Set \`steps: 100\` for a full cut-over after the health check; or take the schema back first: ${down}`,
  });
}
