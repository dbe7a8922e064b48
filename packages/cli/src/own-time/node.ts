/**
 * The real pipeline under a time that its caller sets: the embedded log in a scratch directory, all five stages, one
 * partition. What was said years ago is judged as a node would have judged it then. Nothing is sealed.
 */
import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { type BatchDone, type Decided, encodeSubmitted, encodeTick, publishKnowledge, StageRunner } from "@assay/engine"
import { envelopeOf, type World } from "@assay/fleet"
import { VerifyPool } from "@assay/jose/verify-pool"
import type { Log, NewRecord } from "@assay/log"
import { openEmbedded } from "@assay/log/embedded"
import { STREAMS } from "@assay/streams"
import type { TrustState } from "@assay/trust"
import { stagesOver } from "../services.ts"
import { ticksBetween } from "./ticks.ts"

/** What became of one message. */
export interface Outcome<Tag> {
  /** What its caller said of it. */
  readonly tag: Tag
  readonly decided: Decided
  /** The trust state of its device after it. `decided.decision.trust` is that before. */
  readonly trustAfter: TrustState
  /** Set where the message moved the device, or time did since the message before it. */
  readonly moves: ReadonlyArray<{ readonly from: TrustState; readonly to: TrustState }>
}

export interface OwnTimeOptions<Tag> {
  readonly world: World
  /** Called for each message in the order of its decision, presentations aside; must not throw. */
  readonly onOutcome: (outcome: Outcome<Tag>) => void
}

/** Messages that wait to be judged: with them, so much memory is bounded. */
const MOST_WAITING = 4_096
/** Nothing is read again. */
const CACHE_BYTES = 8 << 20
const AT = { stream: STREAMS.submitted, partition: 0 } as const

interface Moves {
  trust: TrustState
  since: Array<{ readonly from: TrustState; readonly to: TrustState }>
}

export class OwnTimeNode<Tag> {
  private readonly options: OwnTimeOptions<Tag>
  private readonly dir: string
  private readonly clock: { ms: number }
  /** When the last tick was. */
  private ticked: number
  private readonly pool: VerifyPool
  private log!: Log
  private runner!: StageRunner
  private appended: Array<Promise<unknown>> = []
  /** Why an item of the world's knowledge is not in force. */
  private refused: string | null = null
  private readonly tags = new Map<number, Tag>()
  private readonly devices = new Map<string, Moves>()

  private constructor(options: OwnTimeOptions<Tag>) {
    this.options = options
    this.dir = mkdtempSync(join(tmpdir(), "assay-own-time-"))
    this.clock = { ms: options.world.now * 1000 }
    this.ticked = this.clock.ms
    this.pool = new VerifyPool()
  }

  /** Its clock stands at the world's `now`, and the world's knowledge is in force. */
  static async open<Tag>(options: OwnTimeOptions<Tag>): Promise<OwnTimeNode<Tag>> {
    const node = new OwnTimeNode(options)
    try {
      const { clock, dir, pool } = node
      node.log = await openEmbedded({ dir, partitions: 1, clock: () => clock.ms, cacheBytes: CACHE_BYTES })
      node.runner = await StageRunner.open({
        log: node.log,
        stages: stagesOver(node.log, pool)(0),
        partition: 0,
        roots: options.world.rootSet,
        onBatch: (done) => node.take(done),
      })
      for (const [kind, body] of options.world.signedItems) await publishKnowledge(node.log, kind, body)
      await node.settle()
      if (node.refused !== null) throw new Error(`the scratch deployment's knowledge is refused: ${node.refused}`)
      return node
    } catch (cause) {
      await node.close()
      throw cause
    }
  }

  /** Milliseconds since 1970. */
  get now(): number {
    return this.clock.ms
  }

  /**
   * Devices show their credentials and become known, at `at` (milliseconds since 1970, never before what was said already).
   * Resolves when they are: who speaks before is a stranger.
   */
  async present(
    presentations: ReadonlyArray<{ readonly did: string; readonly bytes: Uint8Array }>,
    at: number,
  ): Promise<void> {
    await this.settle()
    this.advance(at)
    for (const { did, bytes } of presentations) this.append(encodeSubmitted(Buffer.from(did), envelopeOf(bytes)))
    await this.settle()
  }

  /** One signed message, as ingress appends it, at `at`. Resolves when there is room for the next. */
  async say(did: string, bytes: Uint8Array, at: number, tag: Tag): Promise<void> {
    this.advance(at)
    this.append(encodeSubmitted(Buffer.from(did), envelopeOf(bytes)), tag)
    if (this.appended.length >= MOST_WAITING) await this.settle()
  }

  /** Judges until nothing is left, also what the stages themselves appended. */
  async settle(): Promise<void> {
    for (let before = -1; before !== this.runner.next; ) {
      await Promise.all(this.appended)
      this.appended = []
      before = this.runner.next
      await this.runner.drain()
    }
  }

  async close(): Promise<void> {
    await Promise.allSettled(this.appended)
    await this.pool.close()
    await this.log?.close()
    rmSync(this.dir, { recursive: true, force: true })
  }

  /** Time passes: a running node appends ticks all the while. */
  private advance(at: number): void {
    for (const tick of ticksBetween(this.ticked, at)) {
      this.clock.ms = tick
      this.ticked = tick
      this.append(encodeTick())
    }
    this.clock.ms = Math.max(this.clock.ms, at)
  }

  /** The record has its place and time as soon as the log was called; it is durable later. */
  private append(record: NewRecord, tag?: Tag): void {
    const appended = this.log.append(AT, [record])
    this.appended.push(tag === undefined ? appended : appended.then(({ offset }) => void this.tags.set(offset, tag)))
  }

  private take({ decided, events }: BatchDone): void {
    for (const { kind, count, reasons } of events)
      if (kind === "control" && count !== 1) this.refused = reasons.join(" ")
    const moves = events.filter(({ kind }) => kind === "transition")
    let next = 0
    for (const one of decided) {
      for (; next < moves.length && moves[next]!.origin.offset <= one.origin.offset; next++) this.move(moves[next]!)
      const tag = this.tags.get(one.origin.offset)
      if (tag === undefined) continue
      this.tags.delete(one.origin.offset)
      const known = this.devices.get(one.device ?? "")
      const since = known?.since ?? []
      if (known !== undefined) known.since = []
      this.options.onOutcome({ tag, decided: one, trustAfter: known?.trust ?? "learning", moves: since })
    }
    for (; next < moves.length; next++) this.move(moves[next]!)
  }

  private move({ device, from, to }: BatchDone["events"][number]): void {
    if (device === null || to === null) return
    const known = this.devices.get(device) ?? { trust: to, since: [] }
    this.devices.set(device, known)
    known.trust = to
    if (from !== null) known.since.push({ from, to })
  }
}
