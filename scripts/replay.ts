import { createReadStream } from 'node:fs';
import { createInterface } from 'node:readline';
import { replay } from './replay/judge.ts';
import { parseTimeline } from './replay/timeline.ts';

/** Judges timelines of evidence, one JSON object per line, with the engine of canary-deploy. */
const file = process.argv[2];
if (file === undefined) {
  console.error('Usage: pnpm replay FILE, with one timeline as JSON per line');
  process.exit(2);
}
let number = 0;
try {
  for await (const line of createInterface({ input: createReadStream(file), crlfDelay: Infinity })) {
    number += 1;
    if (line.trim() === '') continue;
    try {
      process.stdout.write(`${JSON.stringify(replay(parseTimeline(line)))}\n`);
    } catch (error) {
      process.exitCode = 1;
      console.error(`${file}, line ${number}: ${error instanceof Error ? error.message : String(error)}`);
    }
  }
} catch (error) {
  process.exitCode = 2;
  console.error(`${file} cannot be read: ${error instanceof Error ? error.message : String(error)}`);
}
