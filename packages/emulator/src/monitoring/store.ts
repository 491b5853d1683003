import { bucketOf, latencyBuckets } from './buckets.ts';
import { type Distribution, emptyDistribution, withValue } from './distribution.ts';
import { type Interval, sampleInterval } from './grid.ts';
import type { SeriesLabels } from './metrics.ts';
import type { AnsweredRequest } from './requests.ts';

/** The requests of one series in one sampling interval. */
export type Sample = Interval & { latencies: Distribution };

/** One time series: the requests of one revision with one response code. Samples are oldest first, none is empty. */
export type RequestSeries = { labels: SeriesLabels; samples: Sample[] };

export type StoreOptions = {
  project: string;
  region: string;
  samplePeriodMs: number;
  ingestDelayMs: number;
  /** Samples arrive up to this much before `ingestDelayMs` is over, each series at its own time. */
  ingestJitterMs: number;
};

export type RequestStore = {
  record(request: AnsweredRequest, atMs: number): void;
  /** What a query may see at a time: the samples whose interval ended at least the ingest delay before. */
  visible(asOfMs: number): RequestSeries[];
};

type Stored = { key: string; labels: SeriesLabels; samples: Map<number, Distribution> };

export function createRequestStore(options: StoreOptions): RequestStore {
  const { project, region, samplePeriodMs, ingestDelayMs, ingestJitterMs } = options;
  const stored = new Map<string, Stored>();

  return {
    record({ service, revision, responseCode, latencyMs }, atMs) {
      const key = `${service}/${revision}/${responseCode}`;
      let series = stored.get(key);
      if (!series) {
        series = {
          key,
          labels: {
            resource: {
              project_id: project,
              location: region,
              service_name: service,
              revision_name: revision,
              // On Cloud Run a service has one configuration, which carries its name.
              configuration_name: service,
            },
            metric: {
              response_code: String(responseCode),
              response_code_class: `${Math.floor(responseCode / 100)}xx`,
            },
          },
          samples: new Map(),
        };
        stored.set(key, series);
      }
      const { endMs } = sampleInterval(atMs, samplePeriodMs);
      const before = series.samples.get(endMs) ?? emptyDistribution;
      series.samples.set(endMs, withValue(before, latencyMs, bucketOf(latencyMs, latencyBuckets)));
    },

    visible(asOfMs) {
      return [...stored.values()]
        .sort((a, b) => (a.key < b.key ? -1 : 1))
        .map(({ key, labels, samples }) => ({
          labels,
          samples: [...samples]
            .filter(([endMs]) => asOfMs >= endMs + ingestDelayMs - early(key, endMs, ingestJitterMs))
            .sort(([a], [b]) => a - b)
            .map(([endMs, latencies]) => ({ startMs: endMs - samplePeriodMs, endMs, latencies })),
        }))
        .filter(({ samples }) => samples.length > 0);
    },
  };
}

/** How much earlier than the ingest delay a sample arrives: any of 0 to `jitterMs`, always the same for a sample (FNV-1a). */
function early(seriesKey: string, endMs: number, jitterMs: number): number {
  let hash = 0x811c9dc5;
  for (const character of `${seriesKey}@${endMs}`) {
    hash = Math.imul(hash ^ character.charCodeAt(0), 0x01000193);
  }
  return Math.round(((hash >>> 0) / 0xffffffff) * jitterMs);
}
