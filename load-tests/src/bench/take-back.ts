/**
 * Taking back: a real log with so many messages of an issuer, which is revoked from its beginning on. Measured are the index that follows
 * the log, and the entries of the list until all is judged and committed, in one partition and one thread.
 */
import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { submitControl } from "@assay/engine"
import { type Device, World } from "@assay/fleet"
import { chainParts, MAX_RELIED, type PartContent } from "@assay/knowledge"
import { RelianceIndex, ROW_NUMBERS, rowAt } from "@assay/reliance"
import { STREAMS } from "@assay/streams"
import { closeVerifyPool, Driver } from "@assay/testkit/driver"
import type { Revocation } from "@assay/trust"

const DEVICES = 50

export interface TakenBack {
  readonly decisions: number
  /** The index reads what was decided. */
  readonly followMs: number
  /** From the first part to the last commit. */
  readonly takeBackMs: number
  /** CPU of the process meanwhile, for one decision, in microseconds. */
  readonly cpuUs: number
}

const fill = async (driver: Driver, world: World, messages: number): Promise<ReadonlyArray<Device>> => {
  await driver.know(world)
  const devices = Array.from({ length: DEVICES }, (_, n) => world.device(`one of many ${n}`))
  for (const device of devices) await driver.say(device.did, device.presentation())
  await driver.settle()
  for (let n = 0; n < messages; n++) {
    const device = devices[n % DEVICES]!
    await driver.say(device.did, device.message())
  }
  await driver.settle()
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

/** @throws Error where not all is taken back: then nothing was measured */
export const takeBack = async (messages: number): Promise<TakenBack> => {
  const now = Math.floor(Date.now() / 1_000)
  const world = new World({ seed: "taken back", now, rights: ["revoke"] })
  const dir = mkdtempSync(join(tmpdir(), "assay-bench-take-back-"))
  const driver = await Driver.open({ roots: world.rootSet, now: now * 1_000 })
  try {
    const devices = await fill(driver, world, messages)
    const index = RelianceIndex.open(dir, driver.log)
    const began = performance.now()
    await index.follow(driver.log)
    const followMs = performance.now() - began
    const rows = index.issuedTo(0, new Set(devices.map(({ did }) => index.signerOf(did))), 0)
    const { head, openings } = chainParts(0, partsOf(rows))
    const decisions = rows.length / ROW_NUMBERS
    const target = world.manufacturer.did
    const revocation: Omit<Revocation, "part"> = { of: "issuer", from: 0, list: { heads: [head], decisions } }
    const tokens = world.operators
      .slice(0, 2)
      .map((by) => world.command(by, { verb: "revoke", target, seq: 1, revocation }).bytes.toString())
    driver.now += 20
    await submitControl(driver.log, tokens)
    await driver.settle()
    const before = performance.now()
    const cpu = process.cpuUsage()
    for (const opening of openings) {
      await submitControl(driver.log, [...tokens, opening])
      await driver.settle()
    }
    const takeBackMs = performance.now() - before
    const { user, system } = process.cpuUsage(cpu)
    const { end } = await driver.log.bounds({ stream: STREAMS.revoked, partition: 0 })
    if (end !== decisions) throw new Error(`${end} of ${decisions} decisions were taken back`)
    return { decisions, followMs, takeBackMs, cpuUs: (user + system) / decisions }
  } finally {
    await driver.close()
    await closeVerifyPool()
    rmSync(dir, { recursive: true, force: true })
  }
}
