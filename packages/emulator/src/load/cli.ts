import { parseArgs } from 'node:util';
import { startLoad } from './index.ts';

const usage = 'Usage: node cli.ts --url URL --rate REQUESTS_PER_SECOND [--path PATH]... [--concurrency N]';

const { values } = parseArgs({
  options: {
    url: { type: 'string' },
    rate: { type: 'string' },
    path: { type: 'string', multiple: true },
    concurrency: { type: 'string' },
  },
});
const ratePerSecond = Number(values.rate);
const concurrencyLimit = Number(values.concurrency ?? 1000);
if (!values.url || !URL.canParse(values.url) || !(ratePerSecond > 0) || !(concurrencyLimit >= 1)) {
  process.stderr.write(`${usage}\n`);
  process.exit(2);
}

const load = startLoad({
  url: values.url,
  ratePerSecond,
  concurrencyLimit,
  ...(values.path ? { paths: values.path } : {}),
});

/** One line of JSON with what was sent and answered, when it is told to stop. */
function stop(): void {
  void load.stop().then((stats) => process.stdout.write(`${JSON.stringify(stats)}\n`));
}
process.once('SIGINT', stop);
process.once('SIGTERM', stop);
