import { spawnSync } from 'node:child_process';
import { chmodSync, copyFileSync, cpSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

const BASES = ['node:24-slim', 'node:24-bookworm-slim', 'python:3.13-slim-bookworm'];

const PROGRAMS = { npm: 'exec mkdir -p node_modules', pip: 'exit', node: 'exit' };

/** Puts stand-ins for the base images into the registry, from where an engine without network takes them (`registry-mirrors`). */
export function pushBaseImages(registry: string, directory: string): void {
  cpSync(join(import.meta.dirname, 'stand-ins/base'), directory, { recursive: true });
  const place = (path: string): string => {
    mkdirSync(dirname(join(directory, path)), { recursive: true });
    return join(directory, path);
  };
  copyFileSync('/bin/busybox', place('bin/busybox'));
  for (const name of ['sh', 'mkdir']) symlinkSync('busybox', place(`bin/${name}`));
  for (const [name, command] of Object.entries(PROGRAMS)) {
    const program = place(`usr/local/bin/${name}`);
    writeFileSync(program, `#!/bin/sh\n${command}\n`);
    chmodSync(program, 0o755);
  }
  const tags = BASES.flatMap((base) => ['--tag', `${registry}/library/${base}`]);
  const { status, stderr } = spawnSync('docker', ['buildx', 'build', '--push', ...tags, directory], {
    encoding: 'utf8',
  });
  if (status !== 0) throw new Error(`The base images could not be made: ${stderr}`);
}
