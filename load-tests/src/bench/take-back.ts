/**
 * Taking back: a real log with so many messages of an issuer, which is revoked from its beginning on. Measured are the index that follows
 * the log, the entries of the list until all is judged and committed, in one partition and one thread, and the export of the superseding
 * decisions to a file by a process of its own, which follows the log meanwhile.
 */
import { closeSync, existsSync, mkdtempSync, openSync, readSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { setTimeout as delay } from "node:timers/promises"
import { submitControl } from "@assay/engine"
import { type Device, headerOf, signToken, World } from "@assay/fleet"
import { chainParts, MAX_RELIED, type PartContent } from "@assay/knowledge"
import { RelianceIndex, ROW_NUMBERS, rowAt } from "@assay/reliance"
import { STREAMS } from "@assay/streams"
import { closeVerifyPool, Driver } from "@assay/testkit/driver"
import type { Revocation } from "@assay/trust"
import { cpuOf, startExporter } from "../exporter.ts"

const DEVICES = 50
/** Messages that are appended before they are judged. */
const CHUNK = 8_192
/** Between two looks at the file of the sink. */
const LOOK_MS = 100
/** A sink that has got nothing new for so long has stopped. */
const STALLED_MS = 120_000

export interface TakenBack {
  readonly decisions: number
  /** The messages are signed, judged and committed. */
  readonly filledMs: number
  /** The index reads what was decided. */
  readonly followMs: number
  /** From the first part to the last commit. */
  readonly takeBackMs: number
  /** CPU of the process meanwhile, for one decision, in microseconds. */
  readonly cpuUs: number
  /** From the first part until the last superseding decision is in the file. */
  readonly sinkMs: number
  /** CPU of the exporter for one of them, in microseconds. */
  readonly sinkCpuUs: number
  readonly sinkBytes: number
}

/** Counts the lines of a file that grows. */
class Lines {
  readonly #path: string
  readonly #buffer = Buffer.alloc(1 << 20)
  #file: number | null = null
  bytes = 0
  count = 0

  constructor(path: string) {
    this.#path = path
  }

  look(): number {
    if (this.#file === null && existsSync(this.#path)) this.#file = openSync(this.#path, "r")
    if (this.#file === null) return 0
    for (let read = 1; read > 0; ) {
      read = readSync(this.#file, this.#buffer, 0, this.#buffer.length, this.bytes)
      for (let at = this.#buffer.indexOf(10); at >= 0 && at < read; at = this.#buffer.indexOf(10, at + 1))
        this.count += 1
      this.bytes += read
    }
    return this.count
  }

  /** @throws Error where the file grows no more */
  async until(count: number): Promise<void> {
    for (let grew = performance.now(), before = this.bytes; this.look() < count; before = this.bytes) {
      if (this.bytes > before) grew = performance.now()
      if (performance.now() - grew > STALLED_MS) throw new Error(`the sink has stopped at ${this.count} of ${count}`)
      await delay(LOOK_MS)
    }
  }

  close(): void {
    if (this.#file !== null) closeSync(this.#file)
  }
}

const fill = async (driver: Driver, world: World, messages: number): Promise<ReadonlyArray<Device>> => {
  await driver.know(world)
  const devices = Array.from({ length: DEVICES }, (_, n) => world.device(`one of many ${n}`))
  for (const device of devices) await driver.say(device.did, device.presentation())
  await driver.settle()
  const said: Array<Promise<unknown>> = []
  for (let n = 0; n < messages; n++) {
    const device = devices[n % DEVICES]!
    said.push(driver.say(device.did, device.message({ iat: Math.floor(driver.now / 1_000) })))
    if (n % CHUNK < CHUNK - 1 && n < messages - 1) continue
    await Promise.all(said.splice(0))
    await driver.settle()
    driver.decided.length = 0
  }
  return devices
}

const partsOf = (rows: Float64Array): ReadonlyArray<PartContent> => {
  const parts: Array<PartContent & { decisions: Array<ReturnType<typeof rowAt>> }> = []
  for (let at = 0; at * ROW_NUMBERS < rows.length; at++) {
    if (at % MAX_RELIED === 0) parts.push({ devices: [], decisions: [], total: null })
    parts.at(-1)!.decisions.push(rowAt(rows, at))
  }
  return parts
}

/** All that is quarantined, and so also what is taken back; each by itself. */
const exportArgs = (data: string, dir: string): ReadonlyArray<string> => [
  ...["--to", `file:${join(dir, "revoked.jsonl")}?format=json&storm=0`, "--outcome", "quarantined"],
  ...["--state", join(dir, "export"), "--from-start", "--data", data],
]

/** @throws Error where not all is taken back: then nothing was measured */
export const takeBack = async (messages: number): Promise<TakenBack> => {
  const now = Math.floor(Date.now() / 1_000)
  const world = new World({ seed: "taken back", now, rights: ["revoke"] })
  const dir = mkdtempSync(join(tmpdir(), "assay-bench-take-back-"))
  const driver = await Driver.open({ roots: world.rootSet, now: now * 1_000 })
  const lines = new Lines(join(dir, "revoked.jsonl"))
  let exporter: ReturnType<typeof startExporter> | null = null
  try {
    const start = performance.now()
    const devices = await fill(driver, world, messages)
    const filledMs = performance.now() - start
    const index = RelianceIndex.open(dir, driver.log)
    const followed = performance.now()
    await index.follow(driver.log)
    const followMs = performance.now() - followed
    const rows = index.issuedTo(0, new Set(devices.map(({ did }) => index.signerOf(did))), 0)
    const { head, openings } = chainParts(0, partsOf(rows))
    const decisions = rows.length / ROW_NUMBERS
    const target = world.manufacturer.did
    const revocation: Omit<Revocation, "part"> = { of: "issuer", from: 0, list: { heads: [head], decisions } }
    // Hours of the log's time lie behind the world's own.
    const iat = Math.floor(driver.now / 1_000)
    const text = { aud: world.trustDomain, log: world.log, iat, exp: iat + 3_600, seq: 1 }
    const tokens = world.operators.slice(0, 2).map((by) =>
      signToken(by, headerOf(by, "m2m-control+jwt"), {
        ...text,
        ...{ iss: by.did, target, verb: "revoke", reason: "bench", revocation },
      }).bytes.toString(),
    )
    const before = (await driver.decisions("quarantined")).length
    exporter = startExporter(dir, exportArgs(driver.dir, dir))
    await lines.until(before)
    driver.now += 20
    await submitControl(driver.log, tokens)
    await driver.settle()
    const exported = cpuOf(exporter.process.pid)
    const began = performance.now()
    const cpu = process.cpuUsage()
    for (const opening of openings) {
      await submitControl(driver.log, [...tokens, opening])
      await driver.settle()
      driver.decided.length = 0
    }
    const takeBackMs = performance.now() - began
    const { user, system } = process.cpuUsage(cpu)
    const { end } = await driver.log.bounds({ stream: STREAMS.revoked, partition: 0 })
    if (end !== decisions) throw new Error(`${end} of ${decisions} decisions were taken back`)
    await lines.until(before + decisions)
    const sinkMs = performance.now() - began
    const sinkCpuUs = (1e6 * (cpuOf(exporter.process.pid) - exported)) / decisions
    const taken = { decisions, filledMs, followMs, takeBackMs, cpuUs: (user + system) / decisions }
    return { ...taken, sinkMs, sinkCpuUs, sinkBytes: lines.bytes }
  } finally {
    await exporter?.stop()
    lines.close()
    await driver.close()
    await closeVerifyPool()
    rmSync(dir, { recursive: true, force: true })
  }
}
