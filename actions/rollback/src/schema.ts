import type { Service } from '@apex-actions/shared/cloudrun/resources';
import type { Split } from '@apex-actions/shared/cloudrun/traffic';
import { describeMisfit, downCommand, misfitsOf, readSchema } from '@apex-actions/shared/rollout/schema';
import { type Deps, refused } from './deps.ts';
import type { Inputs } from './inputs.ts';

/**
 * Refuses a target that does not work with the database as it is, since a breaking migration lies between. Answers what was
 * gone on in spite of, where `force` says so.
 */
export async function checkSchema(
  { force }: Pick<Inputs, 'force'>,
  service: Service,
  before: Split,
  target: Split,
  { port, log }: Pick<Deps, 'port' | 'log'>,
): Promise<string | undefined> {
  const schema = readSchema(service);
  if (!schema) return undefined;
  const revisions = await Promise.all(target.map(({ revision }) => port.revision(revision)));
  const misfits = misfitsOf(
    schema,
    revisions.filter((revision) => revision !== undefined),
  );
  const [first] = misfits;
  if (!first) return undefined;
  const what = `The database has schema ${schema.current}, and ${misfits.map(describeMisfit).join('; ')}`;
  if (force) {
    log.warning(`${what}; going on because of \`force\``);
    return what;
  }
  throw refused(
    what,
    `Take the schema back first: ${downCommand(schema, port.id, first.expects)}; then roll back with \`force: true\`. Or do both with the workflow of docs/down-and-rollback.md, which also remembers it`,
    before,
  );
}
