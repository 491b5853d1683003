import type { Clock } from '../action/clock.ts';
import type { RunContext } from '../action/context.ts';
import { changeService } from '../cloudrun/change.ts';
import { serviceFailure } from '../cloudrun/conditions.ts';
import { changedService, type Release } from '../cloudrun/release.ts';
import { idOf, type Service } from '../cloudrun/resources.ts';
import type { ServicePort } from '../cloudrun/services.ts';
import {
  describeSplit,
  mainRevision,
  type Split,
  sameSplit,
  servingSplit,
  tagUrl,
  trafficFor,
} from '../cloudrun/traffic.ts';
import type { RecordPort } from '../report/recorder.ts';
import { otherRollout } from './claim.ts';
import { type HistoryEntry, readHistory } from './history.ts';
import type { Outcome } from './machine.ts';
import { refuseDuringMigration } from './migration.ts';
import { type RolloutRecord, readRecord, withRecord } from './record.ts';
import {
  endChange,
  handOverChange,
  recordedSplit,
  renewalChange,
  shiftChange,
  strangersTraffic,
  tagsOf,
} from './restore.ts';
import { refuseOtherSchema } from './schema.ts';

/** Somebody else changed the traffic, or ended this rollout from outside: theirs stays. */
export class TrafficTaken extends Error {
  override name = 'TrafficTaken';
}

/** The run that makes the rollout; `id` is shared with no other run or attempt. */
export type Identity = RunContext & { id: string };

/** How long after its last write a run counts as alive. Written with every step, renewed at half time. */
const LEASE_MS = 10 * 60_000;
/** GitHub waits so long for the approval of an environment. */
const HELD_MS = 30 * 24 * 3_600_000;

/** An end that goes into the history; a held rollout has not ended. */
type Closing = Exclude<Outcome, 'held'>;

type Options = {
  port: ServicePort;
  /** The same service without the run's cancellation: what puts things right must not be cancelled with the run. */
  repairPort: ServicePort;
  clock: Clock;
  identity: Identity;
  tag: string;
  /** A second tag, for a stable revision, so that it can be probed. */
  stableTag?: string | undefined;
  /** How long one change may take from the first try to being observed. */
  changeTimeoutMs: number;
  /** Is told of every write. */
  recorder?: Pick<RecordPort, 'recordChange'> | undefined;
};

export type Begun =
  | { ok: true; canaryUrl: string; stableUrl: string | undefined }
  | { ok: false; message: string };

/**
 * The rollout's hands: every change of the service that a rollout makes. Each reads the service, sees that the rollout
 * is still ours and the traffic is as we left it, writes on the condition of the etag, and reads until Cloud Run shows
 * the change.
 */
export class RolloutControl {
  readonly #options: Options;
  #record: RolloutRecord | undefined;
  /** Whether the service is known to carry our record: before that, a missing record means nothing was changed. */
  #begun: boolean;

  /** With a record: takes up a rollout that another process began, to repair what it left. */
  constructor(options: Options, record?: RolloutRecord) {
    this.#options = options;
    this.#record = record;
    this.#begun = record !== undefined;
  }

  get record(): RolloutRecord {
    if (!this.#record) throw new Error('the rollout has not begun');
    return this.#record;
  }

  /** Who serves and has served, as far as it is known; also of a rollout that never began. */
  get served(): Pick<RolloutRecord, 'servedSince' | 'percent' | 'canary' | 'stable'> {
    return this.#record ?? { servedSince: undefined, percent: 0, canary: 'the canary', stable: [] };
  }

  /**
   * Creates the revision at 0 % under its tag, pins the traffic to what serves now and writes the record, all in one
   * update: a revision on LATEST would otherwise get every user by being created.
   */
  async begin(release: Release, revision: string, stable: Split): Promise<Begun> {
    const { port, identity, tag, stableTag } = this.#options;
    const { id, sha: _, ...who } = identity;
    const record: RolloutRecord = {
      version: 1,
      id,
      ...who,
      startedAt: this.#now(),
      leaseUntil: this.#leaseUntil(),
      phase: 'deploying',
      percent: 0,
      canary: revision,
      tag,
      ...(stableTag === undefined ? {} : { stableTag }),
      image: release.image,
      stable,
    };
    this.#record = record;
    const result = await changeService(
      port,
      (service) => {
        const read = readRecord(service);
        if (read.kind === 'record' && read.record.id === id) return undefined;
        if (read.kind === 'record') throw otherRollout(read.record, port.id.service);
        if (read.kind !== 'none') throw new Error('another rollout of this service began at the same moment');
        if (!sameSplit(servingSplit(service), stable)) {
          throw new Error(
            `the traffic changed to ${describeSplit(servingSplit(service))} while the deploy was prepared`,
          );
        }
        refuseDuringMigration(service);
        refuseOtherSchema(service, release.schema);
        const { change, mask } = changedService(service, release, revision);
        const traffic = trafficFor(service.traffic ?? [], stable, ...tagsOf(record));
        const annotations = withRecord(change.annotations ?? {}, record);
        return { change: { ...change, traffic, annotations }, mask: [...mask, 'traffic', 'annotations'] };
      },
      this.#policy(),
    );
    this.#begun = true;
    this.#wrote(`created ${revision} at 0 %, under the tag ${tag}`, stable);
    // A write whose result was unknown comes back without its operation's error: then the service tells.
    const { service } = await this.#observe(
      port,
      (candidate) =>
        tagsOf(record).every(({ tag: each, revision: at }) => at && tagUrl(candidate, each, at)) ||
        serviceFailure(candidate) !== undefined,
    );
    const url = tagUrl(service, tag, revision);
    const stableUrl = stableTag && tagUrl(service, stableTag, mainRevision(stable));
    if (result.ok && url) return { ok: true, canaryUrl: url, stableUrl };
    const unrouted = `Cloud Run did not route the tag "${tag}" to ${revision} in time`;
    return { ok: false, message: serviceFailure(service) ?? (result.ok ? unrouted : result.message) };
  }

  /** Gives the canary `percent` of the users and waits until Cloud Run shows it. 100 is the promotion. */
  async shift(percent: number, phase: RolloutRecord['phase']): Promise<void> {
    const servedSince = this.record.servedSince ?? this.#now();
    const wanted: RolloutRecord = {
      ...this.record,
      percent,
      phase,
      servedSince,
      leaseUntil: this.#leaseUntil(),
    };
    const what = `gave ${wanted.canary} ${percent} %`;
    await this.#write((service) => shiftChange(service, wanted), wanted, what, recordedSplit(wanted));
    await this.#mustServe(this.#options.port, recordedSplit(wanted));
  }

  /** Takes a held rollout over: from now on it is this run's. */
  async takeOver(): Promise<void> {
    const { id, sha: _, ...who } = this.#options.identity;
    const { runId, job, attempt, runUrl, actor, ...held } = this.record;
    const wanted: RolloutRecord = { ...held, ...who, id, phase: 'baking', leaseUntil: this.#leaseUntil() };
    await this.#mark(wanted, 'took the held rollout over');
  }

  /** Stops here, with the traffic as it is, until a later run takes over. */
  async hold(): Promise<void> {
    const leaseUntil = new Date(this.#options.clock.nowMs() + HELD_MS).toISOString();
    await this.#mark({ ...this.record, phase: 'held', leaseUntil }, 'marked the rollout as held');
  }

  /** Ends the rollout with the canary serving everybody. */
  async finishPromoted(reason: string): Promise<void> {
    await this.#end([{ revision: this.record.canary, percent: 100 }], 'promoted', reason);
  }

  /** Gives all users back to stable, in its own proportions, and ends the rollout. */
  async restore(outcome: Closing, reason: string): Promise<void> {
    await this.#end(this.record.stable, outcome, reason);
  }

  /** Ends the rollout without touching the traffic, which somebody else has changed. */
  async handOver(reason: string): Promise<void> {
    await changeService(
      this.#options.repairPort,
      (service) => {
        const read = readRecord(service);
        if (read.kind !== 'record' || read.record.id !== this.record.id) return undefined;
        return handOverChange(
          service,
          this.record,
          this.#entry('handed-over', servingSplit(service), reason),
        );
      },
      { deadlineMs: this.#options.changeTimeoutMs },
    );
    this.#wrote('took the record and the tags of the rollout away, and left users what they have');
  }

  /**
   * Sees that the rollout is still ours (else `TrafficTaken`), and renews the lease at half time. Names a revision that
   * somebody else has made meanwhile.
   */
  async check(): Promise<{ newerRevision: string | undefined }> {
    const { port, clock } = this.#options;
    const service = await port.get();
    if (!service) throw new Error(`service ${port.id.service} was deleted`);
    const { leaseUntil } = this.#ownedBy(service);
    if (Date.parse(leaseUntil) - clock.nowMs() <= LEASE_MS / 2)
      await this.#mark(
        { ...this.record, leaseUntil: this.#leaseUntil() },
        'renewed the lease of the rollout',
      );
    const latest = idOf(service.latestCreatedRevision);
    return { newerRevision: latest === this.record.canary ? undefined : latest };
  }

  /** Writes the record alone. */
  #mark(wanted: RolloutRecord, what: string): Promise<void> {
    return this.#write(({ annotations }) => renewalChange(annotations ?? {}, wanted), wanted, what);
  }

  #wrote(what: string, split?: Split): void {
    this.#options.recorder?.recordChange(what, split);
  }

  #isOurs(id: string): boolean {
    return id === this.record.id || id === this.#options.identity.id;
  }

  /** The record as it stands on the service, if the rollout is ours and the traffic as we left it. */
  #ownedBy(service: Service): RolloutRecord {
    const read = readRecord(service);
    if (read.kind !== 'record' || !this.#isOurs(read.record.id)) {
      throw new TrafficTaken(
        'the rollout record is gone from the service: another run or a rollback ended this rollout',
      );
    }
    const stranger = strangersTraffic(service, read.record);
    if (stranger) throw new TrafficTaken(stranger);
    return read.record;
  }

  async #write(
    change: (service: Service) => { change: Service; mask: string[] },
    wanted: RolloutRecord,
    what: string,
    split?: Split,
  ): Promise<void> {
    // As in `#end`, the operation's own result is not asked: somebody else's revision that does not start makes it fail, too.
    await changeService(
      this.#options.port,
      (service) => {
        const found = this.#ownedBy(service);
        return JSON.stringify(found) === JSON.stringify(wanted) ? undefined : change(service);
      },
      this.#policy(),
    );
    this.#record = wanted;
    this.#wrote(what, split);
  }

  async #end(split: Split, outcome: Closing, reason: string): Promise<void> {
    const { repairPort, changeTimeoutMs } = this.#options;
    await this.#mustExist(split);
    const entry = this.#entry(outcome, split, reason);
    let written = false;
    let untouched = false;
    await changeService(
      repairPort,
      (service) => {
        const read = readRecord(service);
        untouched = !this.#begun && !(read.kind === 'record' && read.record.id === this.record.id);
        // The answer to our write was lost. What it shows by now may be what was before: Cloud Run takes its time.
        const done = written && read.kind === 'none' && readHistory(service)[0]?.at === entry.at;
        if (untouched || done) return undefined;
        const found = this.#ownedBy(service);
        written = true;
        return endChange(service, found, split, entry);
      },
      { deadlineMs: changeTimeoutMs },
    );
    if (written) this.#wrote(`ended the rollout as ${outcome}`, split);
    // The operation's own result is not asked: it fails for as long as the newest revision is not Ready, even though
    // the traffic has moved. What counts is what the service is seen to serve.
    if (!untouched) await this.#mustServe(repairPort, split);
  }

  /** Cloud Run accepts traffic for a revision that was deleted, and then serves the old split for as long as one waits. */
  async #mustExist(split: Split): Promise<void> {
    for (const { revision } of split) {
      if (await this.#options.repairPort.revision(revision)) continue;
      throw new Error(
        `revision ${revision} was deleted, so users cannot be given ${describeSplit(split)}; roll back to a revision that exists`,
      );
    }
  }

  async #mustServe(port: ServicePort, split: Split): Promise<void> {
    const { service, accepted } = await this.#observe(port, (candidate) =>
      sameSplit(servingSplit(candidate), split),
    );
    if (accepted) return;
    const why = serviceFailure(service);
    throw new Error(
      `Cloud Run serves ${describeSplit(servingSplit(service))} instead of ${describeSplit(split)}${why ? `: ${why}` : ''}`,
    );
  }

  #observe(port: ServicePort, accept: (service: Service) => boolean) {
    const { clock, changeTimeoutMs } = this.#options;
    return port.settled(accept, clock.nowMs() + changeTimeoutMs);
  }

  #entry(outcome: Closing, to: Split, reason: string): HistoryEntry {
    const { canary, image, stable, servedSince, actor, runUrl } = this.record;
    return {
      at: this.#now(),
      outcome,
      revision: canary,
      image,
      from: stable,
      to,
      reason,
      ...(servedSince === undefined ? {} : { servedSince }),
      ...(actor === undefined ? {} : { actor }),
      ...(runUrl === undefined ? {} : { runUrl }),
    };
  }

  #now(): string {
    return new Date(this.#options.clock.nowMs()).toISOString();
  }

  #leaseUntil(): string {
    return new Date(this.#options.clock.nowMs() + LEASE_MS).toISOString();
  }

  #policy() {
    return { deadlineMs: this.#options.changeTimeoutMs };
  }
}
