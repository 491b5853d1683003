import { readFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { parse } from 'yaml';
import { type EmulatorConfigInput, startEmulator } from './emulator.ts';

const USAGE = 'usage: emulator --config FILE   (YAML or JSON; see the README of the package)';

function log(line: string): void {
  process.stderr.write(`${line}\n`);
}

function readConfigPath(): string {
  const { values } = parseArgs({ options: { config: { type: 'string' } } });
  if (values.config === undefined) {
    throw new Error(USAGE);
  }
  return resolve(values.config);
}

async function main(): Promise<void> {
  const path = readConfigPath();
  // JSON is YAML too.
  const input: EmulatorConfigInput = parse(readFileSync(path, 'utf8'));
  const told = new Promise<void>((tell) => {
    process.on('SIGINT', () => tell());
    process.on('SIGTERM', () => tell());
  });
  const emulator = await startEmulator(input, { directory: dirname(path), log });
  process.stdout.write(
    `${JSON.stringify({ project: emulator.project, region: emulator.region, ...emulator.endpoints })}\n`,
  );
  await Promise.race([told, emulator.shutdownRequested]);
  await emulator.stop();
}

main().catch((error: unknown) => {
  log(error instanceof Error ? error.message : String(error));
  process.exitCode = 1;
});
