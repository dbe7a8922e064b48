/** Invariant 2: what is not proven to come from a device never changes its state: junk, replays, misrouted copies. */

import { encodeSubmitted } from "@assay/engine"
import { type Device, envelopeOf, headerOf, signatureOf, signingInput, withSignature } from "@assay/fleet"
import { partitionOf } from "@assay/log"
import { closeVerifyPool, type Driver } from "@assay/testkit/driver"
import { aWorld, openDriver } from "@assay/testkit/fleet"
import type { Outcome } from "@assay/trust"
import { afterAll, describe, expect, it } from "vitest"

afterAll(closeVerifyPool)

const PARTITIONS = 2

interface Scene {
  readonly driver: Driver
  readonly victim: Device
  readonly attacker: Device
  /** What the victim has said so far, oldest first. */
  readonly said: ReadonlyArray<Uint8Array>
}

/** Writes to `submitted` in the victim's name. */
type Strike = (scene: Scene) => Promise<void>

const badlySigned = (victim: Device, signer: Device): Uint8Array => {
  const input = Buffer.from(
    signingInput(headerOf(victim.profile.identity, "m2m-message+jwt"), victim.payload()),
    "latin1",
  )
  return withSignature(input, signatureOf(signer.profile.identity, input)).bytes
}

const flipped = (bytes: Uint8Array, at: number): Uint8Array => {
  const copy = Buffer.from(bytes)
  copy[at] = copy[at] === 0x41 ? 0x42 : 0x41
  return copy
}

/** Each with the outcome that all of it must have. */
const STRIKES: ReadonlyArray<readonly [what: string, outcome: Outcome, strike: Strike]> = [
  [
    "random bytes",
    "rejected",
    async ({ driver, victim }) => void (await driver.say(victim.did, Buffer.alloc(300, 7), Buffer.alloc(0))),
  ],
  [
    "its next message under another key's signature",
    "rejected",
    async ({ driver, victim, attacker }) => void (await driver.say(victim.did, badlySigned(victim, attacker))),
  ],
  [
    "a recorded message with one character changed in each part",
    "rejected",
    async ({ driver, victim, said }) => {
      const token = said.at(-1)!
      const dots = [token.indexOf(0x2e), token.lastIndexOf(0x2e)] as const
      await driver.say(victim.did, flipped(token, 5), flipped(token, dots[0] + 40), flipped(token, dots[1] + 9))
    },
  ],
  [
    "every message that it ever said, once more",
    "rejected",
    async ({ driver, victim, said }) => void (await driver.say(victim.did, ...said)),
  ],
  [
    "a recorded message under the key of somebody else",
    "rejected",
    async ({ driver, attacker, said }) => void (await driver.say(attacker.did, said.at(-1)!)),
  ],
  [
    "a fresh message of its own on another partition",
    "rejected",
    async ({ driver, victim }) => {
      const elsewhere = 1 - partitionOf(Buffer.from(victim.did), PARTITIONS)
      const { key, value } = encodeSubmitted(Buffer.from(victim.did), envelopeOf(victim.copy().message().bytes))
      await driver.raw("telemetry.submitted.v1", elsewhere, value, key)
    },
  ],
  [
    "the attacker's own message that names the victim's key",
    "rejected",
    async ({ driver, victim, attacker }) => {
      const header = headerOf({ ...attacker.profile.identity, kid: victim.profile.identity.kid }, "m2m-message+jwt")
      const input = Buffer.from(signingInput(header, { ...attacker.payload(), iss: victim.did }), "latin1")
      await driver.say(victim.did, withSignature(input, signatureOf(attacker.profile.identity, input)))
    },
  ],
  [
    "the victim's credential shown by the attacker",
    "quarantined",
    async ({ driver, victim, attacker }) =>
      void (await driver.say(attacker.did, attacker.presentation(victim.profile.credentials))),
  ],
  [
    "records that are no entries, under its key",
    "rejected",
    async ({ driver, victim }) => {
      const home = partitionOf(Buffer.from(victim.did), PARTITIONS)
      for (const value of [Buffer.alloc(0), Buffer.from("junk"), Buffer.alloc(64, 0xff)])
        await driver.raw("telemetry.submitted.v1", home, value, Buffer.from(victim.did))
    },
  ],
]

describe("invariant 2: what is unproven changes nothing", () => {
  for (const topology of ["chained", "staged"] as const) {
    it(`leaves every stage's bytes of the victim as they were (${topology})`, async () => {
      const world = aWorld("invariant 2")
      const driver = await openDriver(world, { topology, partitions: PARTITIONS })
      const victim = world.device("victim")
      const attacker = world.device("attacker", { ordinal: 1, credential: { kind: "none" } })
      await driver.say(victim.did, victim.presentation())
      await driver.settle()
      const said: Array<Uint8Array> = []
      for (let n = 0; n < 150; n++) said.push(victim.message().bytes)
      await driver.say(victim.did, ...said)
      await driver.settle()
      expect(driver.decided.at(-1)!.decision.outcome).toBe("verified")
      const before = driver.stateOf(victim.did)
      expect(Object.keys(before)).toHaveLength(5)
      for (const stage of ["identity", "credential", "integrity", "anomaly"])
        expect(before[stage]).toMatch(/^admitted [0-9a-f]{8}/)
      const tree = await driver.audit()
      for (const [what, outcome, strike] of STRIKES) {
        const from = driver.decided.length
        await strike({ driver, victim, attacker, said })
        await driver.settle()
        const outcomes = new Set(driver.decided.slice(from).map(({ decision }) => decision.outcome))
        expect([what, ...outcomes]).toEqual([what, outcome])
        expect([what, driver.stateOf(victim.did)]).toEqual([what, before])
      }
      // The audit record says nothing new of the victim either.
      const about = (await driver.audit()).slice(tree.length).filter(({ device }) => device === victim.did)
      expect(about).toEqual([])
      // And its own next message finds everything in its place.
      const origin = await driver.say(victim.did, victim.message())
      await driver.settle()
      expect(driver.decidedAt(origin)!.decision.outcome).toBe("verified")
      expect(driver.stateOf(victim.did)).not.toEqual(before)
      await driver.close()
    })
  }
})
