import { type Active, DEFAULT_RULES, type Profile, type ReasonCode } from "@assay/trust"
import { describe, expect, it } from "vitest"
import { caps, credentialOf, device, identityWith, messageOf, NOW, partition, presentationOf, temp } from "./world.ts"

const HOUR = 3_600
const now = NOW / 1000

const profile: Active<Profile> = {
  hash: "c1".repeat(32),
  version: 1,
  expires: NOW * 2,
  body: {
    ...DEFAULT_RULES,
    version: 1,
    issued: 0,
    expires: NOW * 2,
    classes: { pump: { telemetry: 24 * HOUR, command: 5 }, fan: { telemetry: 60 } },
  },
}

const speaks = async (deviceClass = "pump") => {
  const world = partition()
  await world.judge(presentationOf([credentialOf({ class: deviceClass, status: [] })]))
  await world.admit(device.did)
  return async (options: Parameters<typeof messageOf>[0]) => {
    const { verdict } = await world.judge(messageOf(options))
    return { reasons: verdict.reasons, detail: verdict.detail }
  }
}

describe("the age of a message", () => {
  it.each<[string, number, boolean, ReasonCode[]]>([
    ["pump", HOUR, false, []],
    ["pump", HOUR + 1, false, ["credential.backfill"]],
    ["pump", 24 * HOUR, true, []],
    ["pump", 24 * HOUR + 1, true, ["credential.backfill"]],
    ["fan", 60, true, []],
    ["fan", 61, true, ["credential.backfill"]],
    ["valve", HOUR, true, []],
    ["valve", HOUR + 1, true, ["credential.backfill"]],
  ])("of a %s of %i s, with classes in the profile: %j, is %j", async (deviceClass, age, hasProfile, reasons) => {
    const iat = now - age
    const judge = await speaks(deviceClass)
    const options = { claims: { iat }, readings: [temp(20, iat)], ...(hasProfile ? { profile } : {}) }
    expect((await judge(options)).reasons).toEqual(reasons)
  })

  it("fails acts that move machines, and charges nobody", async () => {
    const judge = await speaks()
    const old = (iat: number) => ({ claims: { act: "event", iat } as const, readings: [], profile })
    expect((await judge(old(now - 600))).reasons).toEqual([])
    expect(await judge(old(now - 601))).toEqual({
      reasons: ["credential.stale"],
      detail: expect.stringMatching(/601 s old, and event of the class pump may be 600 s old/),
    })
  })
})

describe("the ages that a credential names", () => {
  const reasonsOf = async (age: number, maxAges: { telemetry?: number; event?: number }, hasProfile = true) => {
    const world = partition()
    const token = credentialOf({ class: "fan", status: [], capabilities: { ...caps, maxAges } })
    await world.judge(presentationOf([token]))
    await world.admit(device.did)
    const options = { claims: { iat: now - age }, readings: [temp(20, now - age)], ...(hasProfile ? { profile } : {}) }
    return (await world.judge(messageOf(options))).verdict.reasons
  }
  it("count instead of those of its class", async () => {
    expect(await reasonsOf(61, { telemetry: 120 })).toEqual([])
    expect(await reasonsOf(120, { telemetry: 120 })).toEqual([])
    expect(await reasonsOf(121, { telemetry: 120 })).toEqual(["credential.backfill"])
    expect(await reasonsOf(31, { telemetry: 30 })).toEqual(["credential.backfill"])
    expect(await reasonsOf(61, { event: 120 })).toEqual(["credential.backfill"])
  })
  it("are never more than the profile allows the most patient class, nor than the default without one", async () => {
    expect(await reasonsOf(24 * HOUR, { telemetry: 48 * HOUR })).toEqual([])
    expect(await reasonsOf(24 * HOUR + 1, { telemetry: 48 * HOUR })).toEqual(["credential.backfill"])
    expect(await reasonsOf(HOUR + 1, { telemetry: 48 * HOUR }, false)).toEqual(["credential.backfill"])
  })
})

describe("what is contested", () => {
  // A carrier that loses one message makes the next ones contested.
  const contested = { ...identityWith(["identity.contested"]), outcome: "warn" } as const

  it("must be as young as its class all the same", async () => {
    const judge = await speaks()
    const old = { claims: { act: "event", iat: now - 601 } as const, readings: [], identity: contested }
    expect((await judge(old)).reasons).toEqual(["credential.stale"])
  })

  it("uses up what may come in the greatest age of a message, and no more", async () => {
    const judge = await speaks()
    const rates: Array<boolean> = []
    for (let n = 0; n < 80 * 60; n++)
      rates.push((await judge({ identity: contested })).reasons.includes("credential.rate_exceeded"))
    expect(rates.slice(0, 60)).not.toContain(true)
    expect(rates.at(-1)).toBe(true)
  })
})

describe("the times of readings", () => {
  it.each<[string, number, boolean]>([
    ["now", 0, true],
    ["at the age of the class", -HOUR, true],
    ["older", -HOUR - 1, false],
    ["within the skew", 60, true],
    ["ahead of it", 61, false],
    ["12345, which is relative", 12_345, false],
    ["the year 57732", 1.76e12, false],
  ])("%s", async (_, offset, passes) => {
    const judge = await speaks()
    const { reasons, detail } = await judge({ readings: [temp(20), temp(20, now + offset)] })
    expect(reasons).toEqual(passes ? [] : ["credential.reading_time"])
    if (!passes) expect(detail).toMatch(/temp is of/)
  })

  it("of what a class keeps for a day are right for a day", async () => {
    const judge = await speaks()
    expect((await judge({ readings: [temp(20, now - 24 * HOUR)], profile })).reasons).toEqual([])
    expect((await judge({ readings: [temp(20, now - 24 * HOUR - 1)], profile })).reasons).toEqual([
      "credential.reading_time",
    ])
  })
})
