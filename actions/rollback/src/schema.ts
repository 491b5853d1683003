import { ActionError, describeError } from '@apex-actions/shared/action/errors';
import type { Service } from '@apex-actions/shared/cloudrun/resources';
import type { Split } from '@apex-actions/shared/cloudrun/traffic';
import { refuseDuringMigration } from '@apex-actions/shared/rollout/migration';
import { describeMisfit, downCommand, misfitsOf, readSchema } from '@apex-actions/shared/rollout/schema';
import { type Deps, refused } from './deps.ts';
import type { Inputs } from './inputs.ts';

/** The schema that was looked at, and what was gone on in spite of. */
export type Checked = { seen: string | undefined; forced: string | undefined };

/**
 * Refuses a target that does not work with the database as it is, since a breaking migration lies between, or of which that
 * is not known; goes on all the same where `force` says so.
 */
export async function checkSchema(
  { force }: Pick<Inputs, 'force'>,
  service: Service,
  before: Split,
  target: Split,
  deps: Pick<Deps, 'port' | 'log'>,
): Promise<Checked> {
  try {
    return { seen: await refuseMisfits(service, before, target, deps), forced: undefined };
  } catch (error) {
    if (!force || !(error instanceof ActionError)) throw error;
    deps.log.warning(`${error.message} Going on because of \`force\``);
    return { seen: undefined, forced: describeError(error) };
  }
}

async function refuseMisfits(
  service: Service,
  before: Split,
  target: Split,
  { port }: Pick<Deps, 'port'>,
): Promise<string | undefined> {
  refuseDuringMigration(service);
  const schema = readSchema(service);
  if (!schema) return undefined;
  const revisions = await Promise.all(target.map(({ revision }) => port.revision(revision)));
  const misfits = misfitsOf(
    schema,
    revisions.filter((revision) => revision !== undefined),
  );
  const [first] = misfits;
  if (!first) return schema.current;
  throw refused(
    `The database has schema ${schema.current}, but ${misfits.map(describeMisfit).join('; ')}`,
    `Take the schema back first: ${downCommand(schema, port.id, first.expects)}; then roll back with \`force: true\`. Or do both with the workflow of docs/runbooks/rollback-across-a-migration.md, which also remembers it`,
    before,
  );
}
