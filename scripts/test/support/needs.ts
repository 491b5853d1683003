/** Suites that need what npm does not have: which, what they need, and the variable that names it. */
const NEEDS = [
  {
    pattern: '**/*.containers.test.ts',
    variable: 'REGISTRY',
    needs: 'a docker engine with buildx and a registry, named by REGISTRY=host:port (scripts/containers)',
  },
  {
    pattern: '**/*.python.test.ts',
    variable: 'ALEMBIC',
    needs: 'Alembic with a driver for PostgreSQL, named by ALEMBIC=program (scripts/alembic)',
  },
];

/** Those that cannot run here. */
export const absent = () => NEEDS.filter(({ variable }) => !process.env[variable]);
