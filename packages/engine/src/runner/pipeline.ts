/**
 * Judges batches of one partition with one stage (staged) or all five (chained), stage by stage over the batch. Pure of
 * any commit: it turns entries into outputs and changes its table; the runner makes both durable, `replay` only compares.
 */
import {
  type AnyStage,
  type AssayedMessage,
  type ControlEntry,
  type ControlFact,
  type Effects,
  type Entry,
  type Judgement,
  type MessageEntry,
  PARTITION_KEY,
  reject,
  STAGES,
} from "@assay/trust"
import type { RawEntry } from "../order/entries.ts"
import type { Track } from "../order/track.ts"
import type { StateTable } from "../state/table.ts"
import { StageClock } from "./clock.ts"
import { Collector, type Release } from "./collector.ts"
import type { DeadLetterSource } from "./deadletter.ts"

/** What `prepare` found ahead of time, one per entry (undefined for all but messages). */
export type Prepared = ReadonlyArray<unknown>

export interface PreparedBatch {
  readonly raw: ReadonlyArray<RawEntry>
  readonly prepared: Prepared
}

export interface PipelineParts {
  readonly stages: ReadonlyArray<AnyStage>
  readonly table: StateTable
  readonly track: Track
  /** Set where unreadable records are also kept as dead letters. */
  readonly letters?: DeadLetterSource
}

/** Starts the state-free work of a batch (parsing, signatures). May run ahead of the batch before it. */
export const prepareBatch = async (
  stages: ReadonlyArray<AnyStage>,
  raw: ReadonlyArray<RawEntry>,
): Promise<PreparedBatch> => {
  const prepare = stages[0]?.prepare
  if (prepare === undefined) return { raw, prepared: [] }
  const messages: Array<AssayedMessage> = []
  const places: Array<number> = []
  for (let index = 0; index < raw.length; index++) {
    const entry = raw[index]!
    if (entry.kind !== "message") continue
    messages.push(entry.message)
    places.push(index)
  }
  const found = messages.length === 0 ? [] : await prepare.call(stages[0], messages)
  const prepared: Array<unknown> = new Array(raw.length).fill(undefined)
  for (let index = 0; index < places.length; index++) prepared[places[index]!] = found[index]
  return { raw, prepared }
}

export class Pipeline {
  readonly stages: ReadonlyArray<AnyStage>
  readonly table: StateTable
  readonly track: Track
  readonly clock: StageClock
  private readonly letters: DeadLetterSource | null
  private readonly places: ReadonlyArray<number>

  constructor(parts: PipelineParts) {
    this.stages = parts.stages
    this.table = parts.table
    this.track = parts.track
    this.letters = parts.letters ?? null
    this.clock = new StageClock(parts.stages.map((stage) => stage.name))
    this.places = parts.stages.map((stage) => STAGES.indexOf(stage.name))
  }

  /** Judges one batch. Changes the table: if what comes out is not committed, the table must be thrown away. */
  async process(batch: PreparedBatch): Promise<Collector> {
    const collector = new Collector(this.stages, this.letters)
    let raw: Array<RawEntry> = []
    let entries: Array<Entry> = []
    let prepared: Array<unknown> = []
    for (let index = 0; index < batch.raw.length; index++) {
      const item = batch.raw[index]!
      if (item.kind === "unreadable") {
        collector.unreadable(item)
        continue
      }
      raw.push(item)
      const control = item.kind === "control" ? await this.track.apply(item.control, item.time) : null
      entries.push(this.toEntry(item, control))
      prepared.push(batch.prepared[index])
    }
    for (let slot = 0; slot < this.stages.length; slot++) {
      const alive = await this.runStage(slot, entries, prepared, collector)
      if (alive !== null) {
        raw = raw.filter((_, index) => alive[index])
        entries = entries.filter((_, index) => alive[index])
      }
      prepared = []
    }
    collector.finish(entries, raw)
    return collector
  }

  private toEntry(item: Exclude<RawEntry, { kind: "unreadable" }>, control: ControlFact | null): Entry {
    const { origin, time } = item
    const { knowledge } = this.track
    if (item.kind === "message") return { kind: "message", origin, time, message: item.message, knowledge }
    if (control !== null) return { kind: "control", origin, time, control, knowledge }
    if (item.kind === "admission") return { kind: "admission", origin, time, device: item.device, knowledge }
    return { kind: "tick", origin, time, knowledge }
  }

  /** @returns which entries go on, or null when all do */
  private async runStage(
    slot: number,
    entries: ReadonlyArray<Entry>,
    prepared: ReadonlyArray<unknown>,
    collector: Collector,
  ): Promise<ReadonlyArray<boolean> | null> {
    const stage = this.stages[slot]!
    const view = this.table.view(slot)
    this.clock.start()
    const gathering = stage.gather(entries, view, prepared)
    const facts = gathering instanceof Promise ? await gathering : gathering
    this.clock.gathered(slot)
    let alive: Array<boolean> | null = null
    for (let index = 0; index < entries.length; index++) {
      const entry = entries[index]!
      if (entry.kind !== "message") {
        const effects = stage.apply(entry, view, facts[index]) // sees the states as of before the entry
        if (entry.kind === "admission") this.table.admit(slot, entry.device)
        this.effects(slot, entry, effects, collector)
        continue
      }
      const judgement = stage.judge(
        entry,
        this.table.get(slot, deviceOf(entry, stage, facts[index])),
        facts[index],
        view,
      )
      if (this.judged(slot, entry, judgement, collector)) continue
      alive ??= new Array<boolean>(entries.length).fill(true)
      alive[index] = false
    }
    this.clock.judged(slot, entries.length)
    return alive
  }

  /** @returns whether the message goes on to the next stage */
  private judged(slot: number, entry: MessageEntry, judgement: Judgement<unknown>, collector: Collector): boolean {
    const { message } = entry
    const stage = this.stages[slot]!
    if (judgement.events !== undefined) collector.drafts(judgement.events, entry, this.places[slot]!)
    if (judgement.decision?.outcome === "rejected") {
      message.decision = judgement.decision
      collector.rejected(message)
      return false
    }
    if (judgement.verdict === null || message.claims === null) {
      // A stage that neither judges nor decides is a fault of ours; a missing verdict must never look like trust.
      message.decision = reject(["identity.malformed_record"])
      collector.rejected(message)
      return false
    }
    message.verdicts[stage.name] = judgement.verdict
    if (judgement.decision !== undefined) message.decision = judgement.decision
    if (judgement.state !== undefined) this.table.set(slot, message.claims.iss, judgement.state)
    if (judgement.shared !== undefined) this.table.set(slot, PARTITION_KEY, judgement.shared)
    if (judgement.admit !== undefined) collector.admit(judgement.admit)
    return true
  }

  private effects(
    slot: number,
    entry: Exclude<Entry, MessageEntry>,
    effects: Effects<unknown>,
    collector: Collector,
  ): void {
    for (const [device, state] of effects.states) this.table.set(slot, device, state)
    collector.drafts(effects.events, entry, this.places[slot]!)
    for (const release of effects.releases)
      collector.release({ ...release, at: entry as ControlEntry } satisfies Release)
  }
}

/** identity-resolver judges before claims are set: its facts name the device. Others read the authenticated claims. */
const deviceOf = (entry: MessageEntry, stage: AnyStage, facts: unknown): string => {
  if (entry.message.claims !== null) return entry.message.claims.iss
  return stage.name === "identity" ? ((facts as { device?: string } | undefined)?.device ?? NOBODY) : NOBODY
}

/** A key that no state is ever kept under. */
const NOBODY = "\u0001nobody"
