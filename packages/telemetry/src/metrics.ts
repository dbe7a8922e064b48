/**
 * What a process counts and shows. Callers say what happened; names, labels and buckets are in `../telemetry/instruments.ts`.
 * `/metrics` and OpenTelemetry read the same registry.
 */

import { type BatchDone, reasonOfUnreadable } from "@assay/engine"
import { STAGE_STREAMS, STREAMS } from "@assay/streams"
import { AUDIT_KINDS, OUTCOMES, REASONS, SERVICE_NAMES, STAGES, TRUST_STATES } from "@assay/trust"
import { expositionOf } from "./exposition.ts"
import { INSTRUMENTS, type InstrumentKey } from "./instruments.ts"
import { type Instrument, Registry } from "./registry.ts"

export interface MetricsOptions {
  /** The engine of the log; `messaging.system` follows from it. */
  readonly engine?: "kafka" | "embedded"
  /** Goes before every stream and group, as in the log's settings. */
  readonly prefix?: string
}

/** What the projector of the read model tells of itself. */
export interface ReadModelState {
  readonly up: 0 | 1
  readonly applied: number
  readonly unreadable: number
  readonly lost: number
  readonly failures: number
  readonly lagRecords: number
  readonly lagMs: number
}

/** What an export tells of itself; counts are since its start. */
export interface SinkState {
  readonly up: 0 | 1
  readonly exported: number
  readonly bytes: number
  readonly deadLetters: number
  readonly refused: number
  readonly passedBy: number
  readonly summarised: number
  readonly failures: number
  readonly lagRecords: number
  readonly lagMs: number
}

/** What of a minute, class, zone and outcome one batch of rows of readings saw; class and zone are null where not known. */
export interface QualityCounts {
  /** Milliseconds since 1970. */
  readonly minute: number
  readonly class: string | null
  readonly zone: string | null
  readonly outcome: string
  readonly messages: number
  readonly gaps: number
  readonly delayMsMax: number
}

/** What an adapter of another protocol than HTTP tells of itself; counts are since its start. */
export interface AdapterState {
  readonly up: 0 | 1
  readonly underWay: number
  readonly sentAgain: number
  readonly failures: number
  /** By a closed set of codes. */
  readonly lost: Readonly<Record<string, number>>
}

/** What an adapter beside a oneM2M CSE counts besides. */
export interface CseState {
  readonly containers: number
  readonly behind: number
  readonly refusing: number
  readonly backfilled: number
  readonly gaps: number
  readonly changed: number
  /** By a closed set of codes. */
  readonly refused: Readonly<Record<string, number>>
}

/** What a place says of itself where heads of the anchor log are written; counts are since the start. */
export interface AnchorPlaceState {
  /** Of a closed set: the places that are configured. */
  readonly anchor: string
  readonly up: 0 | 1
  readonly refused: 0 | 1
  readonly confirmedLeaves: number
  /** Milliseconds since 1970; null: nothing counts yet, or since the start. */
  readonly confirmedAt: number | null
  readonly unanchoredMs: number
  /** Null where there are none of ours. */
  readonly transactions: {
    readonly sent: number
    readonly confirmed: number
    readonly failed: number
    readonly reorganised: { readonly final: number; readonly early: number }
    readonly spentCoins: number
    readonly balanceCoins: number | null
    readonly unminedMs: number
  } | null
}

/** What anchoring tells of itself; counts are since the start. */
export interface AnchoringState {
  readonly leaves: number
  readonly intervalMs: number
  /** By a closed set of states. */
  readonly logs: Readonly<Record<string, number>>
  readonly roundFailures: number
  /** Null where no witness is asked. */
  readonly cosignatures: { readonly asked: number; readonly had: number } | null
  readonly places: ReadonlyArray<AnchorPlaceState>
}

/** What a resolver tells of itself; `hostWaits` since its start. */
export interface ResolverCounts {
  readonly dids: number
  readonly signers: number
  readonly lists: number
  readonly registries: number
  readonly looking: number
  readonly behindMs: number
  readonly hostWaits: number
}

/** Kinds of knowledge that a resolver hands in. */
const RESOLVED = ["did-document", "did-unavailable", "signer-document", "status-list", "trust-registry"] as const

/** What a runner may fail with; other names count as `other`, so that labels stay few. */
const ERRORS = [
  "FencedError",
  "TakenOverError",
  "UnavailableError",
  "ForbiddenError",
  "LostRecordsError",
  "LogSetupError",
  "StorageError",
  "RangeError",
  "other",
] as const

/** Whoever appends to submitted: no group. */
const INGRESS = "ingress"

/** The group by which audit.events is sealed. */
const SEALER_GROUP = "integrity-sealer"

const INPUT_OF: Readonly<Record<string, string>> = {
  chained: STREAMS.submitted,
  ...Object.fromEntries(STAGES.map((stage) => [SERVICE_NAMES[stage], STAGE_STREAMS[stage].input])),
}

const errorType = (cause: unknown): string => {
  const name = cause instanceof Error ? cause.name : "other"
  return (ERRORS as ReadonlyArray<string>).includes(name) ? name : "other"
}

export class Metrics {
  readonly registry = new Registry()
  private readonly all: Readonly<Record<InstrumentKey, Instrument>>
  private readonly system: string
  private readonly prefix: string

  constructor({ engine = "embedded", prefix = "" }: MetricsOptions = {}) {
    const entries = Object.entries(INSTRUMENTS).map(([key, spec]) => [key, this.registry.instrument(spec)])
    this.all = Object.fromEntries(entries) as Record<InstrumentKey, Instrument>
    this.system = messagingSystem(engine)
    this.prefix = prefix
    // From zero on, so that an alert sees the first one too: a rate needs the value before.
    for (const outcome of OUTCOMES) this.all.decisions.add(0, outcome)
    for (const signed of ["true", "false"]) this.all.turnedAway.add(0, signed)
    for (const reason of Object.keys(REASONS)) this.all.reasons.add(0, reason)
    for (const kind of AUDIT_KINDS) this.all.events.add(0, kind)
    for (const state of TRUST_STATES) this.all.transitions.add(0, state)
    for (const one of [this.all.submitted, this.all.refused, this.all.traceparents, this.all.unproven]) one.add(0)
  }

  /** A batch is durable. */
  readonly batch = (done: BatchDone): void => {
    const { all, system, prefix } = this
    const { group, entries } = done
    const partition = String(done.partition)
    const input = prefix + (INPUT_OF[group] ?? "other")
    const consumer = [system, "process", prefix + group] as const
    all.consumed.add(entries, ...consumer, input, partition)
    all.batches.add(1, group, partition)
    all.batchSize.observe(entries, 1, group)
    all.process.observe(done.ms / 1000, 1, ...consumer, input)
    all.operation.observe(done.commitMs / 1000, 1, system, "commit", input)
    all.unavailable.set(0, group, partition)
    all.halted.set(0, group, partition)
    all.undecided.add(done.undecided, group, partition)
    this.decided(done.decided)
    const from = INPUT_OF[group] ?? "other"
    if (done.deadLetters > 0) this.unreadable(from, done.deadLetters)
    for (const { kind, to } of done.events) {
      all.events.add(1, kind)
      if (kind === "transition" && to !== null) all.transitions.add(1, to)
    }
  }

  private decided(decided: BatchDone["decided"]): void {
    const now = Date.now()
    // Messages of one append share their time: they are observed at once.
    let from = 0
    for (let index = 0; index < decided.length; index++) {
      const { decision, time, turnedAway, unproven } = decided[index]!
      this.all.decisions.add(1, decision.outcome)
      if (unproven === true) this.all.unproven.add(1)
      if (turnedAway !== undefined) this.all.turnedAway.add(1, String(turnedAway.signed))
      for (const reason of decision.reasons) this.all.reasons.add(1, reason)
      if (decided[index + 1]?.time === time) continue
      this.all.latency.observe(Math.max(0, now - time) / 1000, index + 1 - from)
      from = index + 1
    }
  }

  /**
   * A runner failed with `cause` and goes on from its last commit. Where another process took the partition, or servers do not
   * answer, that is counted and shown as such too.
   */
  restored(group: string, partition: number, cause: unknown): void {
    const error = errorType(cause)
    this.all.restores.add(1, group, error)
    if (partition < 0) return // the group as a whole: it could not be joined
    if (error === "TakenOverError") this.all.takeovers.add(1, group, String(partition))
    if (error === "UnavailableError") this.all.unavailable.set(1, group, String(partition))
  }

  /** Records were lost, the state is damaged, the group was moved, or nothing helps: the partition stands still until a person has looked. */
  halt(group: string, partition: number): void {
    this.all.halted.set(1, group, String(partition))
  }

  /** A runner had work, committed nothing, and is restarted. */
  stall(group: string, partition: number): void {
    this.all.stalls.add(1, group, String(partition))
  }

  /** The share of this process changed. What it showed of other partitions is forgotten: their owners show it now. */
  assigned(group: string, partitions: ReadonlySet<number>): void {
    const { all } = this
    all.assigned.set(partitions.size, group)
    all.rebalances.add(1, group)
    const gone = ([of, partition]: ReadonlyArray<string>): boolean => of === group && !partitions.has(Number(partition))
    const shown = [all.lag, all.lagTime, all.heldBack, all.heldBackTime, all.unavailable, all.halted]
    for (const gauge of shown) gauge.drop(gone)
    for (const error of ERRORS) all.restores.add(0, group, error)
    for (const partition of partitions) {
      for (const counter of [all.batches, all.stalls, all.takeovers]) counter.add(0, group, String(partition))
      for (const state of [all.unavailable, all.halted]) state.add(0, group, String(partition))
    }
  }

  /** Records of `stream` went to the dead letters. @param code the stable reason; there are few */
  deadLettered(stream: string, code: string, count = 1): void {
    this.all.deadletters.add(count, stream, code)
  }

  /** Whether this process can append to a partition of `submitted`. */
  observeWritable(partition: number, isWritable: boolean): void {
    this.all.unavailable.set(isWritable ? 0 : 1, INGRESS, String(partition))
  }

  /** Records of `stream` that are none of ours were met, by whoever reads it. */
  unreadable(stream: string, count: number): void {
    this.deadLettered(stream, reasonOfUnreadable(stream), count)
  }

  /** @param seconds the age of the oldest entry that is not committed; 0 when there is none */
  observeLag(group: string, partition: number, messages: number, seconds: number): void {
    this.all.lag.set(messages, group, String(partition))
    this.all.lagTime.set(seconds, group, String(partition))
  }

  /** @param seconds for how long the same transaction has held them back; 0 when none does */
  observeHeldBack(group: string, partition: number, messages: number, seconds: number): void {
    this.all.heldBack.set(messages, group, String(partition))
    this.all.heldBackTime.set(seconds, group, String(partition))
  }

  observeBacklog(entries: number): void {
    this.all.backlog.set(entries)
  }

  /**
   * @param leaves null: nothing is sealed here, and who seals shows them
   * @param stopped the sealer of the partition has stopped for good
   */
  observeSeal(partition: number, unsealedAgeSeconds: number, leaves: number | null, stopped: boolean): void {
    this.all.halted.set(stopped ? 1 : 0, SEALER_GROUP, String(partition))
    this.all.unsealed.set(unsealedAgeSeconds, String(partition))
    if (leaves !== null) this.all.leaves.set(leaves, String(partition))
  }

  /** How the feeding of the read model stands; counts are since the start. */
  observeReadModel(now: ReadModelState): void {
    const { all } = this
    all.readModelUp.set(now.up)
    all.readModelLag.set(now.lagRecords)
    all.readModelLagTime.set(now.lagMs / 1000)
    all.readModelApplied.set(now.applied)
    all.readModelUnreadable.set(now.unreadable)
    all.readModelLost.set(now.lost)
    all.readModelFailures.set(now.failures)
  }

  /** How a sink stands. @param sink its name, of which a process has few */
  observeSink(sink: string, now: SinkState): void {
    const { all } = this
    all.sinkUp.set(now.up, sink)
    all.sinkExported.set(now.exported, sink)
    all.sinkBytes.set(now.bytes, sink)
    all.sinkLag.set(now.lagRecords, sink)
    all.sinkLagTime.set(now.lagMs / 1000, sink)
    all.sinkRetries.set(now.failures, sink)
    all.sinkRefused.set(now.refused, sink)
    all.sinkUnreadable.set(now.deadLetters - now.refused, sink)
    all.sinkPassedBy.set(now.passedBy, sink)
    all.sinkSummarised.set(now.summarised, sink)
  }

  /** How anchoring stands. */
  observeAnchoring({ leaves, intervalMs, logs, roundFailures, cosignatures, places }: AnchoringState): void {
    const { all } = this
    all.anchorLeaves.set(leaves)
    all.anchorInterval.set(intervalMs / 1000)
    all.anchorRoundFailures.set(roundFailures)
    for (const [state, count] of Object.entries(logs)) all.anchorLogs.set(count, state)
    if (cosignatures !== null)
      for (const result of ["asked", "had"] as const) all.anchorCosignatures.set(cosignatures[result], result)
    // A place may get its full name only when it is reached.
    const names = new Set(places.map(({ anchor }) => anchor))
    const own = [all.anchorUp, all.anchorRefused, all.anchorConfirmed, all.anchorAge, all.anchorUnmined]
    for (const gauge of own) gauge.drop(([anchor]) => !names.has(anchor!))
    for (const place of places) this.observePlace(place)
  }

  private observePlace(place: AnchorPlaceState): void {
    const { all } = this
    const { anchor, transactions } = place
    all.anchorUp.set(place.up, anchor)
    all.anchorRefused.set(place.refused, anchor)
    all.anchorConfirmed.set(place.confirmedLeaves, anchor)
    if (place.confirmedAt === null) all.anchorConfirmedAt.drop(([of]) => of === anchor)
    else all.anchorConfirmedAt.set(place.confirmedAt / 1000, anchor)
    all.anchorAge.set(place.unanchoredMs / 1000, anchor)
    if (transactions === null) return
    for (const result of ["sent", "confirmed", "failed"] as const)
      all.anchorTransactions.set(transactions[result], anchor, result)
    all.anchorSpent.set(transactions.spentCoins, anchor)
    if (transactions.balanceCoins !== null) all.anchorBalance.set(transactions.balanceCoins, anchor)
    all.anchorUnmined.set(transactions.unminedMs / 1000, anchor)
    all.anchorReorganised.set(transactions.reorganised.final, anchor, "true")
    all.anchorReorganised.set(transactions.reorganised.early, anchor, "false")
  }

  /** Rows of readings since the start. */
  observeReadings(rows: number): void {
    this.all.readingRows.set(rows)
  }

  /** What a batch counted by class and zone. */
  observeQuality(counts: ReadonlyArray<QualityCounts>): void {
    const { all } = this
    for (const { minute, outcome, messages, gaps, delayMsMax, ...of } of counts) {
      const place = [of.class ?? "", of.zone ?? ""] as const
      all.qualityMessages.add(messages, ...place, outcome)
      all.qualityGaps.add(gaps, ...place)
      all.qualityDelay.set(delayMsMax / 1000, ...place)
      all.qualityNewest.set(minute / 1000, ...place)
    }
  }

  /**
   * The items of a kind that are in force.
   * @param now null: none is; else the seconds until the first expires (negative afterwards), and the lowest version
   */
  observeKnowledge(kind: string, now: { readonly seconds: number; readonly version: number } | null): void {
    const { knowledge, knowledgeVersion } = this.all
    if (now === null) {
      for (const instrument of [knowledge, knowledgeVersion]) instrument.drop(([of]) => of === kind)
      return
    }
    knowledge.set(now.seconds, kind)
    knowledgeVersion.set(now.version, kind)
  }

  /** @param seconds until the first status list in force is past its maximum age (negative afterwards); null: there is none */
  observeStatusLists(seconds: number | null): void {
    if (seconds === null) this.all.statusLists.drop(() => true)
    else this.all.statusLists.set(seconds)
  }

  /** @param seconds until the first item of a kind that resolvers renew counts no more (negative afterwards); null: there is none */
  observeRenewals(kind: string, seconds: number | null): void {
    if (seconds === null) this.all.renewals.drop(([of]) => of === kind)
    else this.all.renewals.set(seconds, kind)
  }

  /** A look for a document ended. @param method and outcome of closed sets */
  resolverLooked(method: string, outcome: string, seconds: number): void {
    this.all.resolverLooks.observe(seconds, 1, method, outcome)
  }

  /** A rejected message asked for a document. */
  resolverAsked(outcome: string): void {
    this.all.resolverAsks.add(1, outcome)
  }

  resolverHandedIn(kind: string): void {
    this.all.resolverHandedIn.add(1, kind)
  }

  resolverFailed(kind: string): void {
    this.all.resolverFailures.add(1, kind)
  }

  /** How a resolver stands. */
  observeResolver(now: ResolverCounts): void {
    const { all } = this
    for (const what of ["dids", "signers", "lists", "registries"] as const) all.resolverFollowed.set(now[what], what)
    all.resolverLooking.set(now.looking)
    all.resolverBehind.set(now.behindMs / 1000)
    all.resolverHostWaits.set(now.hostWaits)
    // From zero on, so that an alert sees the first one too.
    for (const kind of RESOLVED) for (const one of [all.resolverHandedIn, all.resolverFailures]) one.add(0, kind)
  }

  observeReady(ready: boolean): void {
    this.all.ready.set(ready ? 1 : 0)
  }

  /** How an adapter stands. @param binding its protocol, as the envelope keeps it */
  observeAdapter(binding: string, now: AdapterState): void {
    const { all } = this
    all.ingressUp.set(now.up, binding)
    all.ingressUnderWay.set(now.underWay, binding)
    all.ingressSentAgain.set(now.sentAgain, binding)
    all.ingressFailures.set(now.failures, binding)
    for (const [code, count] of Object.entries(now.lost)) all.ingressLost.set(count, binding, code)
  }

  observeCse(now: CseState): void {
    const { all } = this
    for (const state of ["found", "behind", "refusing"] as const)
      all.cseContainers.set(state === "found" ? now.containers : now[state], state)
    all.cseBackfilled.set(now.backfilled)
    all.cseGaps.set(now.gaps)
    all.cseChanged.set(now.changed)
    for (const [code, count] of Object.entries(now.refused)) all.cseRefused.set(count, code)
  }

  observeReceipts(now: { readonly sent: number; readonly leftOut: number; readonly refused: number }): void {
    const { receipts } = this.all
    receipts.set(now.sent, "sent")
    receipts.set(now.leftOut, "left_out")
    receipts.set(now.refused, "refused")
  }

  observeChallenges(now: {
    readonly sent: number
    readonly refused: number
    readonly leftOut: number
    readonly failed: number
  }): void {
    const { challenges } = this.all
    challenges.set(now.sent, "sent")
    challenges.set(now.refused, "refused")
    challenges.set(now.leftOut, "left_out")
    challenges.set(now.failed, "failed")
  }

  /** Ingress accepted messages. */
  accepted(count: number): void {
    this.all.submitted.add(count)
  }

  /** Ingress refused a request. */
  refuse(): void {
    this.all.refused.add(1)
  }

  /** Ingress appended to a stream, which took so many seconds. */
  appended(stream: string, entries: number, seconds: number): void {
    this.all.sent.add(entries, this.system, "send", this.prefix + stream)
    this.all.operation.observe(seconds, 1, this.system, "send", this.prefix + stream)
  }

  malformedTraceparent(): void {
    this.all.traceparents.add(1)
  }

  /** An instrument itself, for what measures the process. */
  instrument(key: InstrumentKey): Instrument {
    return this.all[key]
  }

  /** Everything as of now in the text exposition format of Prometheus, version 0.0.4. */
  async scrape(): Promise<string> {
    await this.registry.collect()
    return expositionOf(this.registry)
  }

  /** How many so far. */
  get submitted(): number {
    return totalOf(this.all.submitted)
  }

  get refused(): number {
    return totalOf(this.all.refused)
  }
}

const totalOf = ({ series }: Instrument): number => [...series].reduce((sum, { value }) => sum + value, 0)

/** The value of `messaging.system`. */
export const messagingSystem = (engine: "kafka" | "embedded"): string => (engine === "kafka" ? "kafka" : "assay")
