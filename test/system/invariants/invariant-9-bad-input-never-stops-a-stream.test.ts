/** Invariant 9: bad input gets a stable reason code and is kept; it never stops a stream, wherever it is written. */

import { encodeSubmitted, newMessage, verifyUndecided } from "@assay/engine"
import { type Device, derive, envelopeOf } from "@assay/fleet"
import { encodeEntry, type WireEntry } from "@assay/schemas"
import { STREAMS } from "@assay/streams"
import { closeVerifyPool, type Driver, keyOf } from "@assay/testkit/driver"
import { aWorld, openDriver } from "@assay/testkit/fleet"
import { REASONS } from "@assay/trust"
import { afterAll, describe, expect, it } from "vitest"

afterAll(closeVerifyPool)

const ORIGIN = { epoch: 1, partition: 0, offset: 0 }
const bare = (body: WireEntry["body"]): Uint8Array => encodeEntry({ origin: null, time: null, body })

/** Values that no writer of Assay would write. */
const garbage = (device: Device): ReadonlyArray<readonly [what: string, value: Uint8Array]> => {
  const good = Buffer.from(
    encodeSubmitted(Buffer.from(device.did), envelopeOf(device.payload() ? Buffer.from("x") : Buffer.alloc(0))).value,
  )
  return [
    ["nothing", Buffer.alloc(0)],
    ["one byte", Buffer.of(0)],
    ["text", Buffer.from("hello")],
    ["noise", derive("garbage", "noise")],
    ["a schema that nobody knows", Buffer.concat([Buffer.from("00ffffffff", "hex"), good.subarray(5)])],
    ["an entry cut off", good.subarray(0, good.length - 1)],
    ["an entry with something after it", Buffer.concat([good, Buffer.of(0)])],
    ["a length that is not there", Buffer.concat([good.subarray(0, 5), Buffer.from("000000feffffffff0f", "hex")])],
    ["a branch that does not exist", Buffer.concat([good.subarray(0, 5), Buffer.from("00000e", "hex")])],
    ["a megabyte of zeros", Buffer.alloc(1 << 20)],
  ]
}

/** Readable entries that must confer nothing on who writes them to `submitted`. */
const presumptuous = (device: Device): ReadonlyArray<readonly [what: string, value: Uint8Array]> => [
  [
    "a message with verdicts of its own",
    encodeEntry({
      origin: ORIGIN,
      time: 1,
      body: { kind: "message", message: newMessage(ORIGIN, 1, device.did, envelopeOf(Buffer.from("x"))) },
    }),
  ],
  ["an admission of the partition itself", bare({ kind: "admission", device: "", proof: null })],
  ["an admission of the runner's own record", bare({ kind: "admission", device: "\u0001runner", proof: null })],
]

/** Readable, and to be refused by whom they concern: with an audit event, not a rejected record. */
const refused = (): ReadonlyArray<Uint8Array> => [
  bare({ kind: "control", tokens: [] }),
  bare({ kind: "control", tokens: ["", ".", "a.b.c", "\u0000"] }),
  bare({ kind: "control", tokens: Array.from({ length: 1_000 }, () => "e30.e30.e30") }),
  bare({ kind: "activation", item: "bundle", hash: "", body: null }),
  bare({ kind: "activation", item: "policy", hash: "../../etc/passwd", body: null }),
  bare({ kind: "activation", item: "bundle", hash: "0".repeat(64), body: null }),
]

const trustedDevice = async (driver: Driver): Promise<Device> => {
  const device = aWorld("invariant 9").device("honest")
  await driver.say(device.did, device.presentation())
  await driver.settle()
  for (let n = 0; n < 12; n++) await driver.say(device.did, device.message())
  await driver.settle()
  return device
}

const speaksOn = async (driver: Driver, device: Device): Promise<void> => {
  const origin = await driver.say(device.did, device.message())
  await driver.settle()
  // Beside junk for a while, no clock has moved: its values may look odd, but they are judged and let pass.
  expect(driver.decidedAt(origin)?.decision.outcome).toMatch(/^(verified|annotated)$/)
}

describe("invariant 9: bad input never stops a stream", () => {
  for (const topology of ["chained", "staged"] as const) {
    it(`keeps garbage on submitted with its reason, among good messages (${topology})`, async () => {
      const driver = await openDriver(aWorld("invariant 9"), { topology, batchRecords: () => 5 })
      const device = await trustedDevice(driver)
      const written: Array<readonly [what: string, origin: string, value: Uint8Array]> = []
      for (const [what, value] of [...garbage(device), ...presumptuous(device)]) {
        const offset = await driver.raw(STREAMS.submitted, 0, value)
        written.push([what, `0/${offset}`, value])
        await driver.say(device.did, device.message())
      }
      await driver.settle()
      const kept = new Map((await driver.rejected()).map((record) => [keyOf(record.origin), record]))
      expect(kept.size).toBe(written.length)
      for (const [what, origin, value] of written) {
        const record = kept.get(origin)
        expect([what, record?.reasons]).toEqual([what, ["identity.malformed_record"]])
        expect(Buffer.compare(record!.value, value.subarray(0, 256 << 10))).toBe(0)
        expect(record!.size).toBe(value.length)
      }
      await speaksOn(driver, device)
      // None of it is in the way of a restart.
      await driver.restart()
      await speaksOn(driver, device)
      expect((await driver.replay()).differing).toBe(0)
      await driver.close()
    })

    it(`refuses commands and knowledge that are none, each with an audit event (${topology})`, async () => {
      const driver = await openDriver(aWorld("invariant 9"), { topology })
      const device = await trustedDevice(driver)
      const before = driver.stateOf(device.did)
      const from = (await driver.audit()).length
      for (const value of refused()) await driver.raw(STREAMS.submitted, 0, value)
      await driver.settle()
      const events = (await driver.audit()).slice(from)
      expect(events.map(({ kind, count }) => [kind, count])).toEqual(refused().map(() => ["control", 0]))
      for (const { reasons } of events) {
        expect(reasons.length).toBeGreaterThan(0)
        for (const reason of reasons) expect(Object.keys(REASONS)).toContain(reason)
      }
      expect(driver.stateOf(device.did)).toEqual(before)
      await speaksOn(driver, device)
      await driver.close()
    })
  }

  for (const stream of ["identified", "checked", "hashed", "segmented"] as const) {
    it(`keeps garbage on ${stream} as a fault of our own, which names no message of submitted`, async () => {
      const driver = await openDriver(aWorld("invariant 9"), { topology: "staged", batchRecords: () => 5 })
      const device = await trustedDevice(driver)
      const message = newMessage(ORIGIN, 1, device.did, envelopeOf(Buffer.from("x")))
      const values = [
        ...garbage(device),
        // As on submitted: an envelope that no identity-resolver has seen; and a message that it never authenticated.
        [
          "an envelope",
          encodeSubmitted(Buffer.from(device.did), envelopeOf(device.copy().message().bytes)).value,
        ] as const,
        [
          "a message without claims",
          encodeEntry({ origin: ORIGIN, time: 1, body: { kind: "message", message } }),
        ] as const,
      ]
      for (const [, value] of values) await driver.raw(STREAMS[stream], 0, value, Buffer.from(device.did))
      const state = driver.stateOf(device.did)
      await driver.settle()
      expect(driver.stateOf(device.did)).toEqual(state)
      const kept = await driver.undecided()
      expect(kept.map(({ value }) => Buffer.from(value).subarray(0, 64).toString("hex"))).toEqual(
        values.map(([, value]) => Buffer.from(value).subarray(0, 64).toString("hex")),
      )
      for (const { reasons } of kept) expect(reasons).toEqual(["engine.unreadable_record"])
      expect(await driver.rejected()).toEqual([])
      expect(await verifyUndecided(driver.log, 0)).toMatchObject({ intact: true, kept: values.length, findings: [] })
      await speaksOn(driver, device)
      // Whatever lies on a stream between stages, each message of submitted has its one decision, and replay agrees.
      const decided = [
        ...(await driver.decisions("verified")),
        ...(await driver.decisions("annotated")),
        ...(await driver.decisions("quarantined")),
      ].map(({ origin }) => keyOf(origin))
      expect(decided.length).toBe((await driver.audit()).filter(({ kind }) => kind === "decision").length)
      expect(new Set(decided).size).toBe(decided.length)
      expect((await driver.replay()).differing).toBe(0)
      await driver.close()
    })
  }
})
