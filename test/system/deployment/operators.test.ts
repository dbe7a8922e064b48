/** What operators command comes out as superseding decisions: released into annotated, revoked in the audit record alone. */
import type { World } from "@assay/fleet"
import { closeVerifyPool, type Driver, keyOf } from "@assay/testkit/driver"
import { aWorld, openDriver, START } from "@assay/testkit/fleet"
import type { Origin, Verb } from "@assay/trust"
import { afterAll, describe, expect, it } from "vitest"
import { commander } from "../invariants/operators.ts"

afterAll(closeVerifyPool)

const trusted = async (driver: Driver, world: World, name: string) => {
  const device = world.device(name)
  await driver.say(device.did, device.presentation())
  await driver.settle()
  for (let n = 0; n < 12; n++) await driver.say(device.did, device.message())
  await driver.settle()
  expect(driver.decided.at(-1)!.decision.outcome).toBe("verified")
  return device
}

const transitionsOf = async (driver: Driver, did: string) =>
  (await driver.audit())
    .filter(({ kind, device }) => kind === "transition" && device === did)
    .map(({ from, to }) => `${from} -> ${to}`)

describe("operators", () => {
  for (const topology of ["chained", "staged"] as const) {
    for (const apart of [true, false]) {
      it(`release what quarantine held, marked, across a restart (${topology}, ${apart ? "found in the log" : "in the same batch"})`, async () => {
        const world = aWorld("operators")
        const driver = await openDriver(world, { topology })
        const order = commander(driver, world)
        const device = await trusted(driver, world, "held")
        await order("quarantine", device.did, 1)
        const held: Array<Origin> = []
        for (let n = 0; n < 3; n++) held.push(await driver.say(device.did, device.message()))
        if (apart) {
          await driver.settle()
          expect(held.map((origin) => driver.decidedAt(origin)!.decision)).toMatchObject(
            held.map(() => ({ outcome: "quarantined", reasons: ["anomaly.device_quarantined"], kind: "original" })),
          )
          await driver.restart()
        }
        await order("release", device.did)
        await driver.settle()

        const released = (await driver.decisions("annotated")).filter(({ decision }) => decision!.kind !== "original")
        expect(released.map(({ origin }) => keyOf(origin))).toEqual(held.map(keyOf))
        released.forEach(({ decision, claims, verdicts }, n) => {
          expect(decision).toMatchObject({ outcome: "annotated", kind: "released", supersedes: held[n] })
          expect(claims!.iss).toBe(device.did)
          // What was found out then stands as it was found.
          expect(verdicts.anomaly).toMatchObject({ outcome: "fail", reasons: ["anomaly.device_quarantined"] })
        })
        const superseding = (await driver.audit()).filter(({ decision }) => decision?.kind === "released")
        expect(superseding.map(({ decision }) => keyOf(decision!.supersedes!))).toEqual(held.map(keyOf))
        expect(superseding.map(({ index }) => index)).toEqual([6000, 6001, 6002])
        expect(await transitionsOf(driver, device.did)).toEqual([
          "null -> learning",
          "learning -> trusted",
          "trusted -> quarantined",
          "quarantined -> probation",
        ])
        // Its originals stand where they were, each once, and nothing of it was verified after the command.
        expect((await driver.decisions("quarantined")).map(({ origin }) => keyOf(origin))).toEqual(held.map(keyOf))
        const next = await driver.say(device.did, device.message())
        await driver.settle()
        expect(driver.decidedAt(next)!.decision).toMatchObject({ outcome: "annotated", reasons: ["anomaly.probation"] })
        expect((await driver.decisions("verified")).every(({ origin }) => origin.offset < held[0]!.offset)).toBe(true)
        await driver.close()
      })
    }

    it(`revoke for ever; what was held is marked in the audit record alone (${topology})`, async () => {
      const world = aWorld("operators revoke")
      const driver = await openDriver(world, { topology })
      const order = commander(driver, world)
      const device = await trusted(driver, world, "revoked")
      await order("quarantine", device.did, 1)
      const held = await driver.say(device.did, device.message())
      await order("revoke", device.did)
      await order("release", device.did)
      const after = await driver.say(device.did, device.message())
      await driver.settle()
      await driver.restart()
      await order("release", device.did)
      const later = await driver.say(device.did, device.message())
      await driver.settle()

      const superseding = (await driver.audit()).filter(
        ({ kind, decision }) => kind === "decision" && decision!.kind !== "original",
      )
      expect(superseding.map(({ decision }) => decision)).toMatchObject([
        { outcome: "quarantined", kind: "revoked", supersedes: held },
      ])
      expect((await driver.decisions("annotated")).filter(({ decision }) => decision!.kind !== "original")).toEqual([])
      expect((await driver.decisions("quarantined")).map(({ origin }) => keyOf(origin))).toEqual(
        [held, after, later].map(keyOf),
      )
      for (const origin of [after, later])
        expect(driver.decidedAt(origin)!.decision).toMatchObject({ outcome: "quarantined", trust: "revoked" })
      const refused = (await driver.audit()).filter(({ kind, count }) => kind === "control" && count === 0)
      expect(refused.map(({ reasons }) => reasons)).toEqual([["anomaly.device_revoked"], ["anomaly.device_revoked"]])
      await driver.close()
    })
  }

  it("leave one event for each command, whatever the partition count, with both names and the reason", async () => {
    const world = aWorld("operators one event")
    const driver = await openDriver(world, { partitions: 12 })
    const device = world.device("one of twelve")
    await driver.say(device.did, device.presentation())
    await driver.settle()
    const [first, second] = world.operators
    const both = async (verb: Verb, target: string, seq: number): Promise<void> => {
      const orders = [first!, second!].map((operator) =>
        world.command(operator, { verb, target, seq, reason: "flood" }),
      )
      await driver.command(...orders)
    }
    await both("revoke", device.did, 1)
    await both("breaker-override", "all", 2)
    await both("revoke", "did:key:z6MkNobody", 3)
    await driver.settle()
    const events = (await driver.audit()).filter(({ kind, detail }) => kind === "control" && detail!.includes('"verb"'))
    const signers = [first!.did, second!.did]
    const found = events.map(({ count, reasons, detail }) => ({ count, reasons, ...JSON.parse(detail!) }))
    expect(found).toHaveLength(3)
    expect(found).toEqual(
      expect.arrayContaining([
        expect.objectContaining({ count: 1, verb: "revoke", target: device.did, signers, reason: "flood" }),
        expect.objectContaining({ count: 1, verb: "breaker-override", target: "all", signers, reason: "flood" }),
        expect.objectContaining({ count: 0, verb: "revoke", reasons: ["control.target_unknown"] }),
      ]),
    )
    expect((await driver.replay()).differences).toEqual([])
    await driver.close()
  })

  it("command in one log only: the same tokens are refused in a second log of the same deployment", async () => {
    const world = aWorld("operators two logs")
    const device = world.device("in both")
    const order = world.command(world.operators[0]!, { verb: "quarantine", target: device.did, seq: 1 })
    const outcomes: Array<ReadonlyArray<string>> = []
    for (const begun of [START * 1000, START * 1000 + 1]) {
      const driver = await openDriver(world, { now: begun })
      await driver.say(device.did, device.presentation())
      await driver.settle()
      await driver.command(order)
      await driver.settle()
      const [event] = (await driver.audit()).filter(
        ({ kind, detail }) => kind === "control" && detail!.includes('"verb"'),
      )
      outcomes.push(event!.reasons)
      await driver.close()
    }
    expect(outcomes).toEqual([[], ["control.audience_refused"]])
  })

  it("are refused alone where two are needed, repeated, or unknown; the device stays as it is", async () => {
    const world = aWorld("operators refused")
    const driver = await openDriver(world)
    const device = await trusted(driver, world, "spared")
    const before = driver.stateOf(device.did)
    const [first, second, third] = world.operators
    const stranger = world.device("stranger")
    const revoke = { verb: "revoke", target: device.did } as const
    await driver.command(world.command(first!, { ...revoke, seq: 1 }))
    await driver.command(world.command(first!, { ...revoke, seq: 2 }), world.command(first!, { ...revoke, seq: 3 }))
    await driver.command(world.command(first!, { ...revoke, seq: 4 }), world.command(third!, { ...revoke, seq: 4 }))
    await driver.command(
      world.command(first!, { ...revoke, seq: 5 }),
      world.command(stranger.profile.identity, { ...revoke, seq: 5 }),
    )
    await driver.command(
      world.command(first!, { ...revoke, seq: 6 }),
      world.command(second!, { ...revoke, seq: 6, target: stranger.did }),
    )
    await driver.settle()
    const outcomes = (await driver.audit()).filter(({ kind }) => kind === "control").slice(2)
    expect(outcomes).toHaveLength(5)
    for (const { count, reasons } of outcomes) expect([count, reasons.length > 0]).toEqual([0, true])
    expect(driver.stateOf(device.did)).toEqual(before)
    const origin = await driver.say(device.did, device.message())
    await driver.settle()
    expect(driver.decidedAt(origin)!.decision.outcome).toBe("verified")
    // A sequence once used is used up, also after a restart.
    const order = [world.command(first!, { verb: "quarantine", target: device.did, seq: 9 })]
    await driver.command(...order)
    await driver.settle()
    await driver.restart()
    await driver.command(...order)
    await driver.settle()
    expect(
      (await driver.audit())
        .filter(({ kind }) => kind === "control")
        .slice(-2)
        .map(({ reasons }) => reasons),
    ).toEqual([[], ["control.replayed"]])
    await driver.close()
  })
})
