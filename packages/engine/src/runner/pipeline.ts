/**
 * Judges batches of one partition with one stage (staged) or all five (chained), stage by stage over the batch. Pure of
 * any commit: it turns entries into outputs and changes its table; the runner makes both durable, `replay` only compares.
 */
import { type Track, tombstoneOf } from "@assay/knowledge"
import { ConfigurationError } from "@assay/settings"
import {
  type AnyStage,
  type AssayedMessage,
  type ControlEntry,
  type ControlFact,
  type Effects,
  type Entry,
  isDelegated,
  type Judgement,
  type Knowledge,
  type Logic,
  type LogicVersions,
  STAGES,
  signerOf,
} from "@assay/trust"
import { type OpenMessage, presentedIn, type RawEntry } from "../order/entries.ts"
import { withMessages } from "../order/rejudged.ts"
import { PARTITION_KEY, type StateTable } from "../state/table.ts"
import { Collector, type Release } from "./collector.ts"
import type { EventHeaders } from "./event-headers.ts"
import { JudgingError } from "./judging-error.ts"
import { StageClock } from "./stage-clock.ts"
import type { DeadLetterSource } from "./unreadable-deadletter.ts"

/** What `prepare` found ahead of time, one per entry (undefined for all but messages and presentations of admissions). */
export type Prepared = ReadonlyArray<unknown>

export interface PreparedBatch {
  readonly raw: ReadonlyArray<RawEntry>
  readonly prepared: Prepared
}

export interface PipelineParts {
  readonly stages: ReadonlyArray<AnyStage>
  readonly table: StateTable
  readonly track: Pick<
    Track,
    "apply" | "knowledge" | "subjects" | "settle" | "logic" | "mediaTypeOf" | "changed" | "encode" | "copy"
  >
  /** Set where unreadable records are also kept as dead letters. */
  readonly letters?: DeadLetterSource
  /** Set where decided records get headers. */
  readonly headersOf?: EventHeaders
}

/** An entry that a stage failed at again and again: from that stage on it is not judged. */
export interface Excused {
  /** The stage's place in this runner. */
  readonly slot: number
  /** What the stage failed with, for people. */
  readonly detail: string
}

/**
 * Starts the state-free work of a batch (parsing, signatures). May run ahead of the batch before it.
 * @throws JudgingError where the stage fails at it
 */
export const prepareBatch = async (
  stages: ReadonlyArray<AnyStage>,
  raw: ReadonlyArray<RawEntry>,
): Promise<PreparedBatch> => {
  const prepare = stages[0]?.prepare
  if (prepare === undefined) return { raw, prepared: [] }
  const messages: Array<AssayedMessage> = []
  const places: Array<number> = []
  for (let index = 0; index < raw.length; index++) {
    const message = toPrepare(raw[index]!)
    if (message === null) continue
    messages.push(message)
    places.push(index)
  }
  const found = messages.length === 0 ? [] : await preparing(stages[0]!, messages)
  const prepared: Array<unknown> = new Array(raw.length).fill(undefined)
  for (let index = 0; index < places.length; index++) prepared[places[index]!] = found[index]
  return { raw, prepared }
}

const toPrepare = (entry: RawEntry): AssayedMessage | null => {
  if (entry.kind === "message") return entry.message
  if (entry.kind !== "admission" || entry.proof === null) return null
  return presentedIn(entry.origin, entry.time, entry.device, entry.proof)
}

const preparing = async (stage: AnyStage, messages: ReadonlyArray<AssayedMessage>): Promise<ReadonlyArray<unknown>> => {
  try {
    return await stage.prepare!(messages)
  } catch (cause) {
    throw faultOf(stage, 0, cause)
  }
}

/** What a failure in a stage is: its own fault, unless nothing but another configuration would help. */
const faultOf = (stage: AnyStage, slot: number, cause: unknown): unknown =>
  cause instanceof ConfigurationError ? cause : new JudgingError(stage.name, slot, cause)

const logicOf = (stage: AnyStage, versions: LogicVersions): Logic<unknown, unknown, unknown> => {
  const version = versions[stage.name]
  const logic = stage.logic.get(version)
  if (logic === undefined)
    throw new ConfigurationError(
      `${stage.name} is to judge by version ${version}, and this Assay has ${[...stage.logic.keys()].join(", ")}: run the version of Assay that the entries were judged by, or a later one`,
    )
  return logic
}

const kept = ({ raw, entries, logics }: Flow, alive: ReadonlyArray<boolean>): Omit<Flow, "prepared"> => ({
  raw: raw.filter((_, index) => alive[index]),
  entries: entries.filter((_, index) => alive[index]),
  logics: logics.filter((_, index) => alive[index]),
})

/** The entries of a batch that are still on their way, side by side. */
interface Flow {
  readonly raw: ReadonlyArray<Exclude<RawEntry, { kind: "unreadable" }>>
  readonly entries: ReadonlyArray<Entry>
  /** By which versions each is judged. */
  readonly logics: ReadonlyArray<LogicVersions>
  /** Only the first stage's. */
  readonly prepared: Prepared
}

const NOTHING: ReadonlyArray<never> = []

/** How erased devices are named under this knowledge. */
const tombstonesOf = ({ tombstoneKey }: Knowledge): ((device: string) => string) | null =>
  tombstoneKey === undefined ? null : (device) => tombstoneOf(tombstoneKey, device)

/** The device that a stage forgets at this entry. Whether it may be erased, the last stage alone can say. */
const erasedBy = (
  { control }: ControlEntry,
  { erases }: Pick<Effects<unknown>, "erases">,
  place: number,
): string | null => {
  if (!control.accepted || control.what.kind !== "command") return null
  const device = control.what.erasure?.device ?? null
  return place === LAST && erases !== true ? null : device
}

/** The same judgement, which no state, no audit event but the decision and no admission follow from. */
const withoutTraces = (judgement: Judgement<unknown, unknown>): Judgement<unknown, unknown> =>
  judgement.rejection !== undefined
    ? judgement
    : { ...judgement, state: undefined, signer: undefined, shared: undefined, events: undefined, admit: undefined }

/** Places in the order of the stages. */
const FIRST = 0
const LAST = STAGES.length - 1

export class Pipeline {
  readonly stages: ReadonlyArray<AnyStage>
  readonly table: StateTable
  readonly track: PipelineParts["track"]
  readonly clock: StageClock
  private readonly letters: DeadLetterSource | null
  private readonly headersOf: EventHeaders | null
  private readonly places: ReadonlyArray<number>

  constructor(parts: PipelineParts) {
    this.stages = parts.stages
    this.table = parts.table
    this.track = parts.track
    this.letters = parts.letters ?? null
    this.headersOf = parts.headersOf ?? null
    this.clock = new StageClock(parts.stages.map((stage) => stage.name))
    this.places = parts.stages.map((stage) => STAGES.indexOf(stage.name))
  }

  /** Judges a whole batch at once; see `judge`. */
  async process(batch: PreparedBatch, excused: Excused | null = null): Promise<Collector> {
    const collector = this.collect()
    await this.judge(batch, collector, excused)
    collector.finish()
    return collector
  }

  /** For what a batch produces; call its `finish` when all chunks are judged. */
  collect(): Collector {
    return new Collector(this.stages, this.letters, this.headersOf)
  }

  /**
   * Judges one chunk of a batch by all stages. Changes table and track: if what comes out is not committed, they must be put
   * back to what they were, or thrown away.
   * @param excused only for a batch of one entry
   * @throws JudgingError where a stage fails
   * @throws ConfigurationError where an entry is to be judged by a version that this Assay does not have
   */
  async judge(batch: PreparedBatch, collector: Collector, excused: Excused | null = null): Promise<void> {
    this.clock.begins(batch.raw.length)
    let flow = this.begin(batch, collector)
    for (let slot = 0; slot < this.stages.length; slot++) {
      const alive =
        slot === excused?.slot ? this.excuse(flow, collector, excused) : await this.runStage(slot, flow, collector)
      flow = { ...(alive === null ? flow : kept(flow, alive)), prepared: NOTHING }
    }
    collector.passOn(flow.entries, flow.raw, (kind) => this.track.mediaTypeOf(kind))
    this.track.settle()
  }

  private begin(batch: PreparedBatch, collector: Collector): Flow {
    const raw: Array<Flow["raw"][number]> = []
    const entries: Array<Entry> = []
    const logics: Array<LogicVersions> = []
    const prepared: Array<unknown> = []
    for (let index = 0; index < batch.raw.length; index++) {
      const item = batch.raw[index]!
      if (item.kind === "unreadable") {
        collector.unreadable(item)
        continue
      }
      raw.push(item)
      const control = item.kind === "control" ? withMessages(this.track.apply(item.control, item.time)) : null
      entries.push(this.toEntry(item, control))
      logics.push(this.track.logic)
      prepared.push(batch.prepared[index])
    }
    return { raw, entries, logics, prepared }
  }

  private toEntry(item: Flow["raw"][number], control: ControlFact | null): Entry {
    const { origin, time } = item
    const { knowledge, subjects } = this.track
    if (item.kind === "message") return { kind: "message", origin, time, message: item.message, knowledge, subjects }
    if (control !== null) return { kind: "control", origin, time, control, knowledge }
    if (item.kind === "admission") {
      const { device, proof } = item
      return { kind: "admission", origin, time, device, proof, knowledge, subjects }
    }
    return { kind: "tick", origin, time, knowledge }
  }

  /** @returns which entries go on, or null when all do */
  private async runStage(slot: number, flow: Flow, collector: Collector): Promise<ReadonlyArray<boolean> | null> {
    const stage = this.stages[slot]!
    try {
      this.clock.start()
      const gathering = stage.gather?.(flow.entries, flow.prepared) ?? NOTHING
      const facts = gathering instanceof Promise ? await gathering : gathering
      this.clock.gathered(slot)
      const alive = this.judgeAll(slot, flow, facts, collector)
      this.clock.judged(slot, flow.entries.length)
      return alive
    } catch (cause) {
      throw faultOf(stage, slot, cause)
    }
  }

  /**
   * A message is `undecided` and goes no further, nor does an admission that this stage would have had to prove. Whatever
   * else the entry is goes on, so that all stages keep the same knowledge and the same admissions; this stage only does
   * nothing at it.
   */
  private excuse(
    { raw, entries, logics }: Flow,
    collector: Collector,
    { slot, detail }: Excused,
  ): ReadonlyArray<boolean> | null {
    const [entry] = entries
    if (entry === undefined) return null
    const stage = this.stages[slot]!
    collector.undecided(raw[0]!, entry, stage.name, this.places[slot]!, detail)
    if (entry.kind === "admission") {
      if (logicOf(stage, logics[0]!).admits !== undefined) return [false]
      this.table.admit(slot, entry.device)
    }
    return entry.kind === "message" ? [false] : null
  }

  private judgeAll(
    slot: number,
    { raw, entries, logics, prepared }: Flow,
    facts: ReadonlyArray<unknown>,
    collector: Collector,
  ): ReadonlyArray<boolean> | null {
    const stage = this.stages[slot]!
    const view = this.table.view(slot)
    let alive: Array<boolean> | null = null
    let versions: LogicVersions | null = null
    let logic: Logic<unknown, unknown, unknown> | null = null
    for (let index = 0; index < entries.length; index++) {
      const entry = entries[index]!
      if (versions !== logics[index] || logic === null) {
        versions = logics[index]!
        logic = logicOf(stage, versions)
      }
      const item = raw[index]!
      this.table.tombstoneOf = tombstonesOf(entry.knowledge)
      if (entry.kind === "admission" && item.kind === "admission" && logic.admits !== undefined) {
        const refusal = logic.admits(entry, facts[index], view)
        if (refusal !== null) {
          collector.refusedAdmission(item, entry, refusal)
          alive ??= new Array<boolean>(entries.length).fill(true)
          alive[index] = false
          continue
        }
      }
      if (entry.kind !== "message") {
        const effects = logic.apply(entry, view, facts[index]) // sees the states as of before the entry
        if (entry.kind === "admission") this.table.admit(slot, entry.device)
        this.effects(slot, entry, effects, collector)
        const erased = entry.kind === "control" ? erasedBy(entry, effects, this.places[slot]!) : null
        if (erased !== null) this.table.erase(slot, erased)
        continue
      }
      const key = stage.subject(entry, prepared[index])
      const state = key === null ? undefined : this.table.get(slot, key)
      const judgement = logic.judge(entry, state, facts[index], view)
      const { message } = item as Extract<RawEntry, { kind: "message" }>
      // Before the first bundle nobody can tell for which deployment a message is: it is decided, and leaves nothing behind.
      const counts = entry.knowledge.bundle !== null || stage.beforeBundle === true
      if (this.judged(slot, message, key, counts ? judgement : withoutTraces(judgement), collector)) continue
      alive ??= new Array<boolean>(entries.length).fill(true)
      alive[index] = false
    }
    return alive
  }

  /** @returns whether the message goes on to the next stage */
  private judged(
    slot: number,
    message: OpenMessage,
    key: string | null,
    judgement: Judgement<unknown, unknown>,
    collector: Collector,
  ): boolean {
    const { name } = this.stages[slot]!
    const place = this.places[slot]!
    if (judgement.rejection !== undefined) {
      if (place !== FIRST) throw new Error("only identity-resolver rejects: what it passed on is authenticated")
      collector.rejected(message, judgement.rejection)
      return false
    }
    const { verdict, enrich, decision, events, state, signer, shared, admit } = judgement
    // A missing verdict must never look like trust.
    if (verdict === null || verdict === undefined) throw new Error("no verdict")
    if (enrich !== undefined) {
      if (enrich.claims !== undefined) {
        if (place !== FIRST) throw new Error("only identity-resolver finds claims: they are passed on as they came")
        message.claims = enrich.claims
        message.readings = enrich.readings ?? NOTHING
      }
      if (enrich.subject !== undefined) {
        if (name !== "credential")
          throw new Error("only credential-checker finds a subject: it stands behind its verdict")
        message.subject = enrich.subject
      }
    }
    if (message.claims === null) throw new Error("no claims")
    message.verdicts[name] = verdict
    if (place === LAST) {
      if (decision === undefined) throw new Error("no decision")
      message.decision = decision
    }
    if (events !== undefined) collector.drafts(events, message, place)
    if (state !== undefined) {
      if (key === null) throw new Error("a state of nobody")
      this.table.set(slot, key, state)
    }
    if (signer !== undefined) {
      if (key === null || !isDelegated(key)) throw new Error("a state of a signer that is the subject itself")
      this.table.set(slot, signerOf(key), signer)
    }
    if (shared !== undefined) this.table.set(slot, PARTITION_KEY, shared)
    if (admit !== undefined) collector.admit(admit, message)
    return true
  }

  private effects(
    slot: number,
    entry: Exclude<Entry, { kind: "message" }>,
    { states, shared, events, releases }: Effects<unknown, unknown>,
    collector: Collector,
  ): void {
    for (const [key, state] of states) this.table.set(slot, key, state)
    if (shared !== undefined) this.table.set(slot, PARTITION_KEY, shared)
    collector.drafts(events, entry, this.places[slot]!)
    for (const release of releases) collector.release({ ...release, at: entry as ControlEntry } satisfies Release)
  }
}
