/** How many requests a revision answered since the data plane started, by the address they came to. */
export type RequestTally = {
  service: string;
  revision: string;
  via: 'service' | 'tag';
  /** Counts by class, e.g. `{ '2xx': 10, '5xx': 1 }`. */
  statusClasses: Record<string, number>;
};

export type Tally = {
  count(service: string, revision: string, via: 'service' | 'tag', status: number): void;
  list(): RequestTally[];
};

export function createTally(): Tally {
  const tallies = new Map<string, RequestTally>();
  return {
    count(service, revision, via, status) {
      const key = `${service}/${revision}/${via}`;
      const tally = tallies.get(key) ?? { service, revision, via, statusClasses: {} };
      const statusClass = `${Math.floor(status / 100)}xx`;
      tally.statusClasses[statusClass] = (tally.statusClasses[statusClass] ?? 0) + 1;
      tallies.set(key, tally);
    },
    list: () => structuredClone([...tallies.values()]),
  };
}
