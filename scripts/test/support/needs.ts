import { spawnSync } from 'node:child_process';

/** Suites that need what npm does not have: which, what they need, and whether it is here. */
const NEEDS = [
  {
    pattern: '**/*.act.test.ts',
    isHere: () => Boolean(process.env.ACT),
    needs:
      'act, named by ACT=program, and what the containers, Alembic and the scripts of the workflows need',
  },
  {
    pattern: '**/*.containers.test.ts',
    isHere: () => Boolean(process.env.REGISTRY),
    needs: 'a docker engine with buildx and a registry, named by REGISTRY=host:port (scripts/containers)',
  },
  {
    pattern: '**/*.python.test.ts',
    isHere: () => Boolean(process.env.ALEMBIC),
    needs: 'Alembic with a driver for PostgreSQL, named by ALEMBIC=program (scripts/alembic)',
  },
  {
    pattern: '**/*.browser.test.ts',
    isHere: () => Boolean(process.env.CHROMIUM),
    needs: 'Chromium or Chrome, named by CHROMIUM=program',
  },
  {
    pattern: '**/*.jq.test.ts',
    isHere: () => ['bash', 'git', 'jq'].every((name) => spawnSync(name, ['--version']).status === 0),
    needs: 'bash, git and jq, as GitHub’s runners have them',
  },
  {
    pattern: '**/*.gh.test.ts',
    isHere: () => spawnSync('gh', ['--version']).status === 0,
    needs: 'gh, as GitHub’s runners have it',
  },
];

/** Those that cannot run here. */
export const absent = () => NEEDS.filter(({ isHere }) => !isHere());
