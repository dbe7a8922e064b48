/**
 * Invariants 2 and 8: an admission without proof admits nobody. Whoever can write to `submitted` can write such an entry;
 * an admitted device leaves the bounded pool of strangers, so the table would grow.
 */
import type { Device } from "@assay/fleet"
import { partitionOf } from "@assay/log"
import { encodeEntry } from "@assay/schemas"
import { STREAMS } from "@assay/streams"
import { closeVerifyPool, type Driver } from "@assay/testkit/driver"
import { aWorld, openDriver } from "@assay/testkit/fleet"
import { afterAll, describe, expect, it } from "vitest"

afterAll(closeVerifyPool)

const PARTITIONS = 2
const homeOf = ({ did }: Device): number => partitionOf(Buffer.from(did), PARTITIONS)

interface Forgery {
  readonly device: Device
  /** Null: the entry carries none. */
  readonly bytes: Uint8Array | null
  /** Where the presentation is said to lie, and the partition on which the entry does; by default what would be right. */
  readonly offset?: number
  readonly partition?: number
}

const write = async (driver: Driver, { device, bytes, offset = 0, partition = homeOf(device) }: Forgery) => {
  const origin = { epoch: driver.log.epoch, partition, offset }
  const proof = bytes === null ? null : { origin, bytes }
  const body = { kind: "admission", device: device.did, proof } as const
  const value = encodeEntry({ origin: null, time: null, body })
  await driver.raw(STREAMS.submitted, partition, value, Buffer.from(device.did))
  await driver.settle()
}

const isAdmitted = (driver: Driver, { did }: Device): boolean =>
  Object.values(driver.stateOf(did)).every((state) => state.startsWith("admitted"))
const isKnown = (driver: Driver, { did }: Device): boolean =>
  driver.runners.some(({ pipeline }) => pipeline.table.has(did))

const flipped = (bytes: Uint8Array, at: number): Uint8Array => {
  const copy = Buffer.from(bytes)
  copy[at] = copy[at] === 0x41 ? 0x42 : 0x41
  return copy
}

describe("an admission without proof admits nobody", () => {
  for (const topology of ["chained", "staged"] as const) {
    it(`is refused, kept, and grows no table (${topology})`, async () => {
      const world = aWorld("unproven admissions")
      const driver = await openDriver(world, { topology, partitions: PARTITIONS })
      const member = world.device("member")
      const newcomer = world.device("newcomer", { ordinal: 1 })
      const stranger = world.device("stranger", { ordinal: 2, credential: { kind: "none" } })
      const revoked = world.device("revoked", { ordinal: 3, credential: { kind: "revoked" } })
      const expired = world.device("expired", { ordinal: 4, credential: { kind: "expired" } })
      const untrusted = world.device("untrusted", { ordinal: 5, credential: { kind: "untrusted" } })
      const shown = member.presentation().bytes
      await driver.say(member.did, shown)
      await driver.settle()
      expect(isAdmitted(driver, member)).toBe(true)

      const good = newcomer.presentation().bytes
      const forgeries: ReadonlyArray<readonly [what: string, Forgery]> = [
        ["no presentation", { device: newcomer, bytes: null }],
        ["junk", { device: newcomer, bytes: Buffer.from("junk") }],
        ["a presentation of somebody else", { device: stranger, bytes: shown }],
        ["its message", { device: newcomer, bytes: newcomer.message().bytes }],
        [
          "a credential of somebody else",
          { device: stranger, bytes: stranger.presentation([...member.profile.credentials]).bytes },
        ],
        ["a revoked credential", { device: revoked, bytes: revoked.presentation().bytes }],
        ["an expired credential", { device: expired, bytes: expired.presentation().bytes }],
        ["a credential of an untrusted issuer", { device: untrusted, bytes: untrusted.presentation().bytes }],
        ["a changed signature", { device: newcomer, bytes: flipped(good, good.length - 20) }],
        ["a place behind it", { device: newcomer, bytes: good, offset: 1_000_000 }],
        ["another partition", { device: newcomer, bytes: good, partition: 1 - homeOf(newcomer) }],
      ]
      for (const [what, forgery] of forgeries) {
        const kept = (await driver.rejected()).length
        await write(driver, forgery)
        expect([what, isKnown(driver, forgery.device)]).toEqual([what, false])
        const [record, ...more] = (await driver.rejected()).slice(kept)
        expect([what, record?.reasons, more.length]).toEqual([what, ["control.admission_unproven"], 0])
        expect(record?.detail).not.toBe(null)
      }
      // What was refused stands in nobody's way, and each of these entries fails for its own reason alone.
      await write(driver, { device: newcomer, bytes: good })
      expect(isAdmitted(driver, newcomer)).toBe(true)

      expect(await driver.replay()).toMatchObject({ differing: 0, decisions: driver.decided.length })
      const states = [member, newcomer, stranger, revoked].map(({ did }) => driver.stateOf(did))
      await driver.restart()
      expect([member, newcomer, stranger, revoked].map(({ did }) => driver.stateOf(did))).toEqual(states)
      const other = await driver.again({ topology: topology === "staged" ? "chained" : "staged" })
      await other.settle()
      expect([member, newcomer, stranger, revoked].map(({ did }) => other.stateOf(did))).toEqual(states)
      await other.close()
      await driver.close()
    })
  }

  it("is judged under the bundle in force where it lies: a presentation that held may hold no more", async () => {
    const world = aWorld("an admission that comes late")
    const driver = await openDriver(world, { partitions: PARTITIONS })
    const device = world.device("late")
    const bytes = device.presentation().bytes
    await driver.tick(365 * 86_400_000)
    await driver.settle()
    await write(driver, { device, bytes })
    expect(isKnown(driver, device)).toBe(false)
    expect((await driver.rejected()).at(-1)?.detail).toContain("expired")
    await driver.close()
  })
})
