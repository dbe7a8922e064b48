/**
 * A file of readings through the real pipeline, under the file's own time: each machine gets a key and a credential, signs
 * each pack with a counter and a chain, and its messages are judged as a node would have judged them then.
 */
import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { type Device, type SenmlRecord, World } from "@assay/fleet"
import type { ProfileRules } from "@assay/trust"
import { UsageError } from "../command.ts"
import { type Outcome, OwnTimeNode } from "../own-time/node.ts"
import { SenmlNames } from "./names.ts"
import { LineReader } from "./read/lines.ts"
import { type Pack, packsOf } from "./read/packs.ts"
import { type BadLine, badLine, type Value } from "./read/row.ts"
import { Spool } from "./read/spool.ts"

export interface BacktestOptions {
  /** Of the file, without their ends. */
  readonly lines: AsyncIterable<string>
  readonly deviceClass: string
  /** Null for the defaults. */
  readonly rules: ProfileRules | null
  /** Called for each message in the order of time; must not throw. */
  readonly onMessage: (outcome: Outcome<Pack>) => void
  readonly onBad: (bad: BadLine) => void
  /** Once, when the file is read: what it spans, milliseconds since 1970. */
  readonly onRead?: (span: { readonly first: number; readonly last: number; readonly rows: number }) => void
  readonly onProgress: (line: string) => void
  /** Awaited now and then: whoever takes the outcomes cannot take more. */
  readonly untilRoom?: () => Promise<void>
  /** A stop from outside; what was judged until then counts. */
  readonly signal?: AbortSignal
}

export interface BacktestResult {
  readonly rows: number
  readonly messages: number
  readonly bad: number
  /** Times without a zone, read as UTC. */
  readonly withoutZone: number
}

const DAY_MS = 86_400_000
/** A node is there before its first message. */
const EARLIER_S = 3_600
const MOST_DEVICES = 100_000
/** Machines that speak for the first time within so many messages show their credentials together. */
const LOOK_AHEAD = 512
const PROGRESS_EVERY = 5_000
/** Messages a minute that the credentials grant: what a file holds is no flood by that measure. */
const RATE_PER_MINUTE = 1_000_000

/** @throws UsageError where there is no reading at all */
export const backtest = async (options: BacktestOptions): Promise<BacktestResult> => {
  const scratch = mkdtempSync(join(tmpdir(), "assay-backtest-"))
  try {
    const { onBad, onProgress } = options
    let bad = 0
    const skip = (one: BadLine): void => {
      bad++
      onBad(one)
    }
    const reader = new LineReader()
    const spool = await readAll(options, reader, new Spool(scratch), skip)
    if (spool.rows === 0)
      throw new UsageError(`there is no reading in it${bad > 0 ? `: ${bad} lines are not understood` : ""}`)
    options.onRead?.({ first: spool.first, last: spool.last, rows: spool.rows })
    const world = worldOf(options, spool)
    const node = await OwnTimeNode.open({ world, onOutcome: options.onMessage })
    try {
      const packs = packsOf(spool.sorted(), ({ line, name }) =>
        skip(badLine(line, "backtest.too_many_names", name).bad),
      )
      const messages = await new Drive(world, node).all(packs, options, (done) =>
        onProgress(`${done} messages judged, up to ${new Date(node.now).toISOString()}`),
      )
      return { rows: spool.rows, messages, bad, withoutZone: reader.withoutZone }
    } finally {
      await node.close()
    }
  } finally {
    rmSync(scratch, { recursive: true, force: true })
  }
}

const readAll = async (
  { lines, signal, onProgress }: BacktestOptions,
  reader: LineReader,
  spool: Spool,
  skip: (bad: BadLine) => void,
): Promise<Spool> => {
  const devices = new Set<string>()
  for await (const line of lines) {
    if (signal?.aborted === true) break
    const read = reader.read(line)
    if (read === null) continue
    if ("bad" in read) {
      skip(read.bad)
      continue
    }
    const { row } = read
    if (!devices.has(row.device) && devices.size === MOST_DEVICES) {
      skip(badLine(row.line, "backtest.too_many_devices", row.device).bad)
      continue
    }
    devices.add(row.device)
    spool.add(row)
    if (spool.rows % (PROGRESS_EVERY * 20) === 0) onProgress(`${spool.rows} readings read`)
  }
  return spool
}

const worldOf = ({ deviceClass, rules }: BacktestOptions, { first, last }: Spool): World =>
  new World({
    seed: "backtest",
    now: Math.max(0, Math.floor(first / 1000) - EARLIER_S),
    days: Math.ceil((last - first) / DAY_MS) + 2,
    deviceClass,
    ratePerMinute: RATE_PER_MINUTE,
    ...(rules === null ? {} : { profile: rules }),
  })

class Drive {
  private readonly world: World
  private readonly node: OwnTimeNode<Pack>
  private readonly devices = new Map<string, Device>()
  private readonly names = new SenmlNames()

  constructor(world: World, node: OwnTimeNode<Pack>) {
    this.world = world
    this.node = node
  }

  async all(
    packs: AsyncIterable<Pack>,
    { signal, untilRoom }: Pick<BacktestOptions, "signal" | "untilRoom">,
    onProgress: (done: number) => void,
  ): Promise<number> {
    let done = 0
    let ahead: Array<Pack> = []
    const flush = async (): Promise<void> => {
      await this.some(ahead)
      await untilRoom?.()
      const before = done
      done += ahead.length
      ahead = []
      if (Math.floor(done / PROGRESS_EVERY) > Math.floor(before / PROGRESS_EVERY)) onProgress(done)
    }
    for await (const pack of packs) {
      if (signal?.aborted === true) break
      ahead.push(pack)
      if (ahead.length === LOOK_AHEAD) await flush()
    }
    await flush()
    await this.node.settle()
    return done
  }

  private async some(packs: ReadonlyArray<Pack>): Promise<void> {
    const newcomers = new Map(
      packs.filter(({ device }) => !this.devices.has(device)).map(({ device }) => [device, this.device(device)]),
    )
    if (newcomers.size > 0) {
      const at = packs[0]!.at
      const shown = [...newcomers.values()].map((device) => ({
        did: device.did,
        bytes: device.presentation(device.profile.credentials, Math.floor(at / 1000)).bytes,
      }))
      await this.node.present(shown, at)
    }
    for (const pack of packs) {
      const device = this.devices.get(pack.device)!
      const { bytes } = device.message({ iat: Math.floor(pack.at / 1000), senml: this.senml(device, pack) })
      await this.node.say(device.did, bytes, pack.at, pack)
    }
  }

  private device(name: string): Device {
    const device = this.world.device(name, {
      credential: {
        kind: "good",
        measurements: [{ name: `${this.world.measurements}*`, unit: null, min: null, max: null }],
      },
    })
    this.devices.set(name, device)
    return device
  }

  private senml(device: Device, { values }: Pack): ReadonlyArray<SenmlRecord> {
    return values.map(({ name, value }, index) => ({
      ...(index === 0 ? { bn: device.profile.prefix } : {}),
      n: this.names.of(name),
      ...valueMember(value),
    }))
  }
}

/** RFC 8428, table 4. */
const valueMember = (value: Value): Pick<SenmlRecord, "v" | "vb" | "vs"> =>
  typeof value === "number" ? { v: value } : typeof value === "boolean" ? { vb: value } : { vs: value }
