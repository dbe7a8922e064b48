/**
 * The whole topology in a test, without a broker: a real embedded log in a directory of its own, the real five stages,
 * the real runners. Only time is the test's: the log stamps what the driver's clock says, so a run can be repeated.
 */
import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { stagesOver } from "@assay/cli/services"
import {
  appendTicks,
  type Decided,
  encodeSubmitted,
  JudgingError,
  type Opening,
  publishKnowledge,
  type Row,
  replay,
  StageRunner,
  Suspects,
  submitControl,
  type Topology,
} from "@assay/engine"
import type { Submission, World } from "@assay/fleet"
import type { PoolOptions } from "@assay/jose/verify-pool"
import type { Kinds } from "@assay/knowledge"
import { type Log, type LogRecord, partitionOf } from "@assay/log"
import { openEmbedded } from "@assay/log/embedded"
import { decodeAssayed, decodeAudit, decodeRejected, type RejectedRecord } from "@assay/schemas"
import { STAGE_STREAMS, STREAMS } from "@assay/streams"
import { type AnyStage, type AssayedMessage, type AuditEvent, type Origin, type RootSet, signerOf } from "@assay/trust"
import { VerifyOnce } from "./verify-once.ts"

export interface DriverOptions {
  readonly roots: RootSet
  /** When the log is created and the clock starts, milliseconds since 1970. */
  readonly now: number
  readonly topology?: Topology
  /** Default: every kind of knowledge that this version knows. */
  readonly kinds?: Kinds
  readonly partitions?: number
  /** Asked before each batch: how many records it takes at most. */
  readonly batchRecords?: () => number
  /** Changes the stages before they are run (smaller pools, say). */
  readonly adapt?: (stages: ReadonlyArray<AnyStage>) => ReadonlyArray<AnyStage>
  /** Gives the log the manners of another engine. */
  readonly over?: (log: Log) => Log
  readonly snapshots?: NonNullable<Parameters<typeof StageRunner.open>[0]["snapshots"]>
}

/** Milliseconds between two records, unless the test says otherwise: 50 messages a second for the whole fleet. */
const PACE_MS = 20
const READ_RECORDS = 1024
/** A test that needs more has met a fault that is not tied to an entry. */
const MAX_RESTORES = 40
const READ_BYTES = 16 << 20

/** One for all drivers of a test file: starting threads takes longer than most tests. */
let shared: VerifyOnce | null = null
let backend: NonNullable<PoolOptions["backend"]> = "auto"
const verifyPool = (): VerifyOnce => {
  shared ??= new VerifyOnce({ size: 1, backend })
  return shared
}
/** What verifies from now on: nothing that was verified before is remembered. */
export const verifyWith = async (wanted: typeof backend): Promise<void> => {
  await closeVerifyPool()
  backend = wanted
}
/** For `afterAll`. */
export const closeVerifyPool = async (): Promise<void> => {
  await shared?.close()
  shared = null
}

export class Driver {
  readonly dir: string
  readonly options: DriverOptions
  log: Log
  /** What the log reads. */
  private readonly clock: { ms: number }
  /** What the runners reported since the driver was opened, in the order of the commits. */
  readonly decided: Array<Decided> = []
  runners: ReadonlyArray<StageRunner> = []
  /** How often the stages failed, and what had failed went on from its last commit. */
  restores = 0
  private readonly suspects = new Map<string, Suspects>()
  private afterBatch: () => void = () => undefined
  private topology: Topology
  private pinned: RootSet

  private constructor(dir: string, options: DriverOptions, log: Log, clock: { ms: number }) {
    this.dir = dir
    this.options = options
    this.log = log
    this.clock = clock
    this.topology = options.topology ?? "chained"
    this.pinned = options.roots
  }

  static async open(options: DriverOptions): Promise<Driver> {
    const dir = mkdtempSync(join(tmpdir(), "assay-driver-"))
    const clock = { ms: options.now }
    const driver = new Driver(dir, options, await openLog(dir, options, clock), clock)
    await driver.start()
    return driver
  }

  /** Milliseconds since 1970: what the log stamps next. */
  get now(): number {
    return this.clock.ms
  }

  set now(ms: number) {
    this.clock.ms = ms
  }

  /** Pins other roots, from the next restart on: a changed `roots.json`. `replay` stays with those of the start. */
  pin(roots: RootSet): void {
    this.pinned = roots
  }

  /** As a node does after a crash: the log is opened again, and every state is restored from its changelog. */
  async restart(topology?: Topology): Promise<void> {
    await this.log.close()
    this.log = await openLog(this.dir, this.options, this.clock)
    await this.start(topology)
  }

  /** Appends each submission at its own time; judges nothing yet. */
  async submit(submissions: Iterable<Submission>, paceMs = PACE_MS): Promise<ReadonlyArray<Origin>> {
    const pending: Array<Promise<ReadonlyArray<Origin>>> = []
    for (const submission of submissions) {
      this.now += paceMs
      // A message has its place and time as soon as the log was called. The others are several writes, one after the other.
      if (submission.kind === "message") {
        pending.push(this.message(submission.key, submission.envelope).then((origin) => [origin]))
        continue
      }
      await Promise.all(pending)
      const origins =
        submission.kind === "control"
          ? await submitControl(this.log, submission.tokens)
          : (await publishKnowledge(this.log, submission.item, Buffer.from(submission.body))).origins
      pending.push(Promise.resolve(origins))
    }
    return (await Promise.all(pending)).flat()
  }

  /** Bytes under a device's key, as ingress would append them. */
  async say(did: string, ...signed: ReadonlyArray<{ readonly bytes: Uint8Array } | Uint8Array>): Promise<Origin> {
    let origin: Origin | null = null
    for (const one of signed) {
      this.now += PACE_MS
      const bytes = "bytes" in one ? one.bytes : one
      origin = await this.message(Buffer.from(did), {
        bytes,
        mediaType: "application/jose",
        binding: "test",
        originator: null,
        principal: null,
      })
    }
    return origin!
  }

  /** A record as it is, on any stream: what somebody with the right to write there could do. */
  async raw(stream: string, partition: number, value: Uint8Array, key: Uint8Array = Buffer.alloc(0)): Promise<number> {
    return (await this.log.append({ stream, partition }, [{ key, value }])).offset
  }

  /** Puts the world's bundle and policy into force. */
  async know(world: World): Promise<void> {
    for (const [kind, body] of world.signedItems) await publishKnowledge(this.log, kind, body)
  }

  async command(...tokens: ReadonlyArray<{ readonly bytes: Uint8Array }>): Promise<ReadonlyArray<Origin>> {
    return submitControl(
      this.log,
      tokens.map(({ bytes }) => Buffer.from(bytes).toString("latin1")),
    )
  }

  /** Lets time pass, and says so to every partition. */
  async tick(ms: number): Promise<void> {
    this.now += ms
    await appendTicks(this.log)
  }

  /** Judges until nothing is left, also what the stages themselves appended. Where a stage fails, another runner goes on. */
  async settle(): Promise<void> {
    for (let before = -1; before !== this.progress; ) {
      before = this.progress
      for (const runner of this.runners) {
        try {
          await runner.drain()
        } catch (cause) {
          if (!(cause instanceof JudgingError)) throw cause
          if (++this.restores > MAX_RESTORES) throw cause
          before = -1
          await this.reopen(runner)
          break
        }
      }
    }
  }

  /** As a node does after a failure: another runner goes on. @returns where that has its state from */
  async reopen(failed: StageRunner): Promise<Opening> {
    const { partition, pipeline, state } = failed
    const names = pipeline.stages.map(({ name }) => name)
    const stages = this.stagesFor(this.options.adapt)(partition).filter(({ name }) => names.includes(name))
    const openings: Array<Opening> = []
    const options = this.runnerOf(partition, stages, (from) => openings.push(from))
    const next = await StageRunner.open(options, state)
    this.runners = this.runners.map((runner) => (runner === failed ? next : runner))
    return openings[0]!
  }

  /** One batch of each runner that has something to read, then no more: the middle of the work. */
  async oneBatchEach(): Promise<void> {
    for (const runner of this.runners) {
      const { input } = STAGE_STREAMS[runner.pipeline.stages[0]!.name]
      if ((await this.log.bounds({ stream: input, partition: runner.partition })).end <= runner.next) continue
      const stop = new AbortController()
      this.afterBatch = () => stop.abort()
      await runner.run(stop.signal)
      this.afterBatch = () => undefined
    }
  }

  /** Every kept record of a stream, partition by partition. */
  async records(stream: string): Promise<ReadonlyArray<LogRecord & { readonly partition: number }>> {
    const found: Array<LogRecord & { readonly partition: number }> = []
    for (let partition = 0; partition < this.log.partitions; partition++) {
      const at = { stream, partition }
      const { start, end } = await this.log.bounds(at)
      for (let next = start; next < end; ) {
        const records = await this.log.read(at, next, READ_RECORDS, READ_BYTES)
        if (records.length === 0) break
        for (const record of records) found.push({ ...record, partition })
        next = records.at(-1)!.offset + 1
      }
    }
    return found
  }

  async decisions(outcome: "verified" | "annotated" | "quarantined"): Promise<ReadonlyArray<AssayedMessage>> {
    return (await this.records(STREAMS[outcome])).map(({ value }) => decodeAssayed(value))
  }

  async rejected(): Promise<ReadonlyArray<RejectedRecord>> {
    return (await this.records(STREAMS.rejected)).map(({ value }) => decodeRejected(value))
  }

  async undecided(): Promise<ReadonlyArray<RejectedRecord>> {
    return (await this.records(STREAMS.undecided)).map(({ value }) => decodeRejected(value))
  }

  async audit(): Promise<ReadonlyArray<AuditEvent>> {
    return (await this.records(STREAMS.audit)).map(({ value }) => decodeAudit(value))
  }

  /** The message decided at this origin, wherever it went; undefined where it was rejected or not decided. */
  decidedAt(origin: Origin): Decided | undefined {
    return this.decided.find((item) => keyOf(item.origin) === keyOf(origin))
  }

  /** The stored bytes of every state of a device, by stage; "none" where a stage keeps nothing. */
  stateOf(device: string): Readonly<Record<string, string>> {
    const found: Record<string, string> = {}
    for (const runner of this.runners) {
      if (runner.partition !== this.home(device)) continue
      const row: Row | undefined = runner.pipeline.table.rowOf(device)
      runner.pipeline.stages.forEach((stage, slot) => {
        const state = row?.slots[slot]
        const bytes = state === undefined ? "none" : storedHex(stage, state)
        found[stage.name] = `${(row?.admitted ?? 0) & (1 << slot) ? "admitted" : "stranger"} ${bytes}`
      })
    }
    return found
  }

  /** What `assay replay` says of this log, with these stages or, by default, those that judged. */
  replay(adapt = this.options.adapt): ReturnType<typeof replay> {
    return replay(this.log, this.options.roots, this.stagesFor(adapt), undefined, this.options.kinds)
  }

  /**
   * The same entries once more, in a new log with the same times: other batches, another topology, same verdicts. Entries
   * that the stages themselves had appended stand where they stood.
   */
  async again(options: Partial<DriverOptions>): Promise<Driver> {
    const copy = await Driver.open({ ...this.options, ...options })
    await Promise.all(
      (await this.records(STREAMS.submitted)).map(({ partition, time, key, value }) => {
        copy.now = time
        return copy.log.append({ stream: STREAMS.submitted, partition }, [{ key, value }])
      }),
    )
    return copy
  }

  async close(): Promise<void> {
    await this.log.close()
    rmSync(this.dir, { recursive: true, force: true })
  }

  private home(device: string): number {
    return partitionOf(signerOf(device), this.log.partitions)
  }

  private suspectsOf(partition: number, group: string): Suspects {
    const key = `${partition}/${group}`
    const known = this.suspects.get(key) ?? new Suspects()
    this.suspects.set(key, known)
    return known
  }

  private get progress(): number {
    return this.runners.reduce((sum, runner) => sum + runner.next, 0)
  }

  private async message(key: Uint8Array, envelope: Parameters<typeof encodeSubmitted>[1]): Promise<Origin> {
    const partition = partitionOf(key, this.log.partitions)
    const { offset } = await this.log.append({ stream: STREAMS.submitted, partition }, [encodeSubmitted(key, envelope)])
    return { epoch: this.log.epoch, partition, offset }
  }

  private stagesFor(
    adapt: DriverOptions["adapt"] = (stages) => stages,
  ): (partition: number) => ReadonlyArray<AnyStage> {
    const fresh = stagesOver(this.log, verifyPool())
    return (partition) => adapt(fresh(partition))
  }

  private async start(topology = this.topology): Promise<void> {
    this.topology = topology
    const runners: Array<StageRunner> = []
    const stagesFor = this.stagesFor(this.options.adapt)
    for (let partition = 0; partition < this.log.partitions; partition++) {
      const stages = stagesFor(partition)
      for (const part of topology === "chained" ? [stages] : stages.map((stage) => [stage]))
        runners.push(await StageRunner.open(this.runnerOf(partition, part)))
    }
    this.runners = runners
  }

  private runnerOf(
    partition: number,
    stages: ReadonlyArray<AnyStage>,
    onOpening: (from: Opening) => void = () => undefined,
  ): Parameters<typeof StageRunner.open>[0] {
    const { kinds, snapshots, batchRecords = () => 512 } = this.options
    return {
      log: this.log,
      stages,
      partition,
      roots: this.pinned,
      suspects: this.suspectsOf(partition, stages.map(({ name }) => name).join()),
      ...(kinds === undefined ? {} : { kinds }),
      ...(snapshots === undefined ? {} : { snapshots }),
      get batchRecords() {
        return batchRecords()
      },
      onOpening,
      onBatch: (done) => {
        this.decided.push(...done.decided)
        this.afterBatch()
      },
    }
  }
}

const openLog = async (
  dir: string,
  { partitions = 1, over = (log) => log }: DriverOptions,
  clock: { readonly ms: number },
): Promise<Log> => over(await openEmbedded({ dir, partitions, clock: () => clock.ms }))

export const keyOf = ({ partition, offset }: Origin): string => `${partition}/${offset}`

/** All that was found out about a message, for comparison: verdicts with reasons, knowledge and detail, and the decision. */
export const findingsOf = (decided: ReadonlyArray<Decided>): ReadonlyMap<string, string> => {
  const found = new Map<string, string>()
  for (const { origin, time, device, decision, message } of decided) {
    const { verdicts, claims, subject, readings } = message ?? {
      verdicts: null,
      claims: null,
      subject: null,
      readings: [],
    }
    const text = JSON.stringify({ origin, time, device, decision, verdicts, claims, subject, readings })
    const key = keyOf(origin)
    if (found.has(key)) throw new Error(`${key} was decided twice`)
    found.set(key, text)
  }
  return found
}

const storedHex = ({ state: codec }: AnyStage, state: unknown): string => {
  const bytes = Buffer.alloc(codec.sizeOf(state))
  codec.write(state, bytes, 0)
  return bytes.toString("hex")
}
