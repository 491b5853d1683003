import { z } from 'zod';

/** The parts of docker's `config.json` that say how to log in; all others are kept as they are. */
const configSchema = z.looseObject({
  auths: z
    .record(
      z.string(),
      z.looseObject({
        auth: z.string().optional(),
        username: z.string().optional(),
        password: z.string().optional(),
      }),
    )
    .optional(),
  credHelpers: z.record(z.string(), z.string()).optional(),
  credsStore: z.string().optional(),
});

export type DockerConfig = z.output<typeof configSchema>;

export const parseDockerConfig = (text: string): DockerConfig => configSchema.parse(JSON.parse(text));

/**
 * How docker would log in at a registry: by what the file says, by asking a helper program for a server, or not at all.
 */
export type DockerLogin =
  | { kind: 'basic'; header: string }
  | { kind: 'helper'; helper: string; server: string }
  | undefined;

/** Docker Hub is kept under the address of its first API. */
function keysOf(host: string): string[] {
  const hub = host === 'registry-1.docker.io' || host === 'docker.io';
  return hub ? ['https://index.docker.io/v1/', 'index.docker.io', 'docker.io'] : [host, `https://${host}`];
}

/**
 * The login at a host. A helper for the host goes before the store for all, the store before the file
 * (https://docs.docker.com/reference/cli/docker/login/#credential-helpers), and an empty name is the file itself.
 */
export function loginAt(config: DockerConfig, host: string): DockerLogin {
  const keys = keysOf(host);
  const [server = host] = keys;
  const helper = config.credHelpers?.[server] ?? config.credsStore;
  if (helper) return { kind: 'helper', helper, server };
  const entry = keys.map((name) => config.auths?.[name]).find((found) => found !== undefined);
  if (entry?.auth) return { kind: 'basic', header: `Basic ${entry.auth}` };
  if (entry?.username && entry.password) {
    const pair = Buffer.from(`${entry.username}:${entry.password}`).toString('base64');
    return { kind: 'basic', header: `Basic ${pair}` };
  }
  return undefined;
}

/** The same configuration with a login of ours beside the others, where docker asks no helper for it. */
export function withLogin(config: DockerConfig, host: string, basic: string): DockerConfig {
  const asks = loginAt(config, host)?.kind === 'helper';
  return {
    ...config,
    auths: { ...config.auths, [host]: { auth: basic } },
    ...(asks ? { credHelpers: { ...config.credHelpers, [host]: '' } } : {}),
  };
}
