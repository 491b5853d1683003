import { createReadStream, readFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { replay } from './replay/judge.ts';
import { timelineOf } from './replay/report.ts';
import { parseTimeline } from './replay/timeline.ts';

/**
 * Judges timelines of evidence with the engine of canary-deploy: of a file with one JSON object per line, or the one of
 * a report.
 */
const file = process.argv[2];
if (file === undefined) {
  console.error(
    'Usage: pnpm replay FILE, with one timeline as JSON per line, or the report of a rollout (.html)',
  );
  process.exit(2);
}

function describe(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

function print(timeline: ReturnType<typeof parseTimeline>): void {
  process.stdout.write(`${JSON.stringify(replay(timeline))}\n`);
}

async function judgeLines(path: string): Promise<void> {
  let number = 0;
  for await (const line of createInterface({ input: createReadStream(path), crlfDelay: Infinity })) {
    number += 1;
    if (line.trim() === '') continue;
    try {
      print(parseTimeline(line));
    } catch (error) {
      process.exitCode = 1;
      console.error(`${path}, line ${number}: ${describe(error)}`);
    }
  }
}

function judgeReport(path: string): void {
  const html = readFileSync(path, 'utf8');
  try {
    print(timelineOf(html));
  } catch (error) {
    process.exitCode = 1;
    console.error(`${path}: ${describe(error)}`);
  }
}

try {
  if (file.endsWith('.html')) judgeReport(file);
  else await judgeLines(file);
} catch (error) {
  process.exitCode = 2;
  console.error(`${file} cannot be read: ${describe(error)}`);
}
