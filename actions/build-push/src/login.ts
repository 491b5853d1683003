import { mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { homedir, tmpdir } from 'node:os';
import { join } from 'node:path';
import { getExecOutput } from '@actions/exec';
import type { Log } from '@apex-actions/shared/action/log';
import {
  type AccessToken,
  basicOf,
  isGoogles,
  type Logins,
} from '@apex-actions/shared/registry/authorization';
import {
  type DockerConfig,
  loginAt,
  parseDockerConfig,
  withLogin,
} from '@apex-actions/shared/registry/docker-config';
import { z } from 'zod';

type Env = Readonly<Record<string, string | undefined>>;

/** Where docker keeps its configuration: https://docs.docker.com/reference/cli/docker/#change-the-docker-directory */
function configDirectory(env: Env): string {
  return env.DOCKER_CONFIG || join(env.HOME || homedir(), '.docker');
}

function readConfig(directory: string): DockerConfig {
  try {
    return parseDockerConfig(readFileSync(join(directory, 'config.json'), 'utf8'));
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return {};
    throw new Error(`docker's ${join(directory, 'config.json')} cannot be read`, { cause: error });
  }
}

const credentialsSchema = z.object({ Username: z.string(), Secret: z.string() });
type Credentials = z.output<typeof credentialsSchema>;

/** What a helper has for a server (https://github.com/docker/docker-credential-helpers#development). */
async function askHelper(helper: string, server: string, log: Log): Promise<Credentials | undefined> {
  const program = `docker-credential-${helper}`;
  try {
    const { stdout, exitCode } = await getExecOutput(program, ['get'], {
      input: Buffer.from(server),
      silent: true,
      ignoreReturnCode: true,
    });
    const credentials = exitCode === 0 ? credentialsSchema.parse(JSON.parse(stdout)) : undefined;
    return credentials?.Secret ? credentials : undefined;
  } catch {
    // The error is not shown: it may quote what the program said, which may be a password.
    log.info(`${program}, which docker's configuration names, could not be asked for a login`);
    return undefined;
  }
}

/** The logins that are there before this step, for requests of our own. */
export function existingLogins(env: Env, log: Log): Logins {
  return async (host) => {
    const login = loginAt(readConfig(configDirectory(env)), host);
    if (login?.kind !== 'helper') return login?.header;
    const credentials = await askHelper(login.helper, login.server, log);
    // `<token>` stands for a token of another protocol, which docker alone speaks.
    if (!credentials || credentials.Username === '<token>') return undefined;
    return `Basic ${Buffer.from(`${credentials.Username}:${credentials.Secret}`).toString('base64')}`;
  };
}

export type Login = {
  /** An empty folder, so far. */
  directory: string;
  write(): void;
};

type LoginOptions = {
  /** The registry's host. */
  host: string;
  env: Env;
  accessToken: AccessToken;
  /** Told of each text that must not be shown. */
  hide: (secret: string) => void;
  log: Log;
};

/**
 * A login at a registry of Google's, in a docker configuration of this step's own: everything that docker has there
 * already, with the login beside it. `undefined` where somebody has logged in before, or the registry is another's.
 */
export async function prepareLogin({
  host,
  env,
  accessToken,
  hide,
  log,
}: LoginOptions): Promise<Login | undefined> {
  const existing = configDirectory(env);
  const config = readConfig(existing);
  if (!isGoogles(host)) return undefined;
  const login = loginAt(config, host);
  if (login && (login.kind === 'basic' || (await askHelper(login.helper, login.server, log))))
    return undefined;
  const token = await accessToken();
  if (token === undefined) return undefined;
  const basic = basicOf(token);
  hide(token);
  hide(basic);
  const directory = mkdtempSync(join(env.RUNNER_TEMP || tmpdir(), 'apex-docker-'));
  return {
    directory,
    write() {
      for (const name of entriesOf(existing)) {
        if (name !== 'config.json') symlinkSync(join(existing, name), join(directory, name));
      }
      const text = JSON.stringify(withLogin(config, host, basic));
      writeFileSync(join(directory, 'config.json'), text, { mode: 0o600 });
    },
  };
}

function entriesOf(directory: string): string[] {
  try {
    return readdirSync(directory);
  } catch {
    return []; // Docker has made none yet.
  }
}

/** Links to what was there before go, what they point at stays. */
export function removeLogin(directory: string): void {
  rmSync(directory, { recursive: true, force: true });
}
