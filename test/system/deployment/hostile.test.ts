/**
 * A device may sign whatever it likes with its own key, and needs nobody's leave for it. Whatever it says, the partition
 * goes on: each message is decided, every state can be stored and restored, and an honest device is believed.
 */
import { type Device, derive, headerOf, signToken } from "@assay/fleet"
import { encodeEntry } from "@assay/schemas"
import { STREAMS } from "@assay/streams"
import { closeVerifyPool } from "@assay/testkit/driver"
import { aWorld, openDriver, START } from "@assay/testkit/fleet"
import { afterAll, describe, expect, it } from "vitest"

afterAll(closeVerifyPool)

const MAX = Number.MAX_SAFE_INTEGER
const DIGEST = "A".repeat(43)
const COUNTS = [0, 1, 2, 15, 16, 17, 63, 64, 65, 4096, 2 ** 31, 2 ** 32 + 1, 2 ** 48, 2 ** 52, MAX - 17, MAX - 1, MAX]
const TIMES = [START, START, START, START + 20, START - 600, START + 86_400, 0, 2 ** 31, 2 ** 52, MAX]
const VALUES = [0, -0, 5e-324, -5e-324, 1e-300, 1, 20, 1e300, -1e300, 1.797e308, -1.797e308, MAX, 0.1]
const WORDS = [
  "constructor",
  "__proto__",
  "a/b",
  "\u0000",
  "\u{1F600}".repeat(16),
  "é",
  "hasOwnProperty",
  " ",
  "\u2028",
]
const AUDIENCES = ["urn:x", "a:%00", `x:${"y".repeat(510)}`, "spiffe://plant.example/__proto__", "https://[::1]/*"]

/** Choices that depend on the seed alone. */
const chooser = (seed: string) => {
  let turn = 0
  const next = (below: number): number => derive(seed, `${turn++}`).readUInt32BE(0) % below
  return { next, one: <T>(list: ReadonlyArray<T>): T => list[next(list.length)]!, odds: (of: number) => next(of) === 0 }
}
type Chooser = ReturnType<typeof chooser>

const packOf = ({ one, next, odds }: Chooser, prefix: string): ReadonlyArray<object> =>
  Array.from({ length: odds(12) ? 512 : 1 + next(4) }, (_, n) => ({
    ...(n === 0 ? { bn: odds(4) ? "" : prefix } : {}),
    n: one(["temperature", "pressure", "wind", "constructor", "a".repeat(200), "0"]),
    ...(odds(3) ? { u: one([...WORDS, "Cel"]) } : {}),
    ...(odds(6) ? { t: one(VALUES) } : {}),
    ...(odds(9) ? { bt: one(VALUES) } : {}),
    ...one<object>([{ v: one(VALUES) }, { v: one(VALUES) }, { vs: one(WORDS).repeat(40) }, { vb: true }]),
  }))

const hostile = (choose: Chooser, device: Device, last: { digest: string; epo: number; seq: number }) => {
  const { one, odds } = choose
  const epo = odds(2) ? last.epo : odds(2) ? Math.min(MAX, last.epo + 1) : one(COUNTS)
  const seq = odds(2) ? Math.min(MAX, last.seq + 1) : odds(2) ? Math.max(0, last.seq - 1) : one(COUNTS)
  const act = one(["telemetry", "telemetry", "telemetry", "event", "command", "config", "firmware"])
  const { vendor, class: kind } = device.profile.firmware
  const fw = {
    vendor: odds(2) ? vendor : one(WORDS),
    class: odds(2) ? kind : one(WORDS),
    digest: odds(2) ? device.profile.firmware.digest : "0".repeat(64),
    version: one(WORDS),
    svn: one(COUNTS),
  }
  const payload = {
    iss: device.did,
    aud: odds(4) ? one(AUDIENCES) : device.profile.audience,
    iat: one(TIMES),
    act,
    epo,
    seq,
    prv: one([last.digest, last.digest, DIGEST, ...(seq === 0 ? [null] : [])]),
    ...(act === "telemetry"
      ? { senml: packOf(choose, device.profile.prefix) }
      : { body: one<unknown>([null, 1e308, WORDS, { constructor: 1 }, "x".repeat(60_000)]) }),
    ...(odds(3) ? { fw } : {}),
  }
  const signed = signToken(device.profile.identity, headerOf(device.profile.identity, "m2m-message+jwt"), payload)
  return { signed, last: { digest: signed.digest, epo, seq } }
}

describe("whoever may write to submitted", () => {
  for (const hash of ["\u0000", "a".repeat(3_000), "\ud83d\ude00".repeat(100), "A".repeat(64)])
    it(`activates nothing by a hash that is none (${JSON.stringify(hash.slice(0, 8))}), and stops nothing`, async () => {
      const driver = await openDriver(aWorld("no hash"))
      await driver.settle()
      const from = (await driver.audit()).length
      const body = { kind: "activation", item: "bundle", hash, body: null } as const
      await driver.raw(STREAMS.submitted, 0, encodeEntry({ origin: null, time: null, body }))
      await driver.settle()
      const reported = (await driver.audit()).slice(from)
      expect(reported.map(({ reasons }) => reasons)).toEqual([["control.body_missing"]])
      await driver.close()
    })
})

const MESSAGES = Number(process.env.ASSAY_HOSTILE ?? 400)

describe("hostile devices with good keys", () => {
  for (const [topology, seed] of [
    ["chained", "hostile 1"],
    ["staged", "hostile 2"],
  ] as const) {
    it(`decides whatever they sign, and goes on (${topology})`, async () => {
      const world = aWorld(seed)
      const driver = await openDriver(world, { topology, batchRecords: () => 64 })
      const choose = chooser(seed)
      const honest = world.device("honest")
      await driver.say(honest.did, honest.presentation())
      await driver.settle()
      const strikes = new Map<string, string>()
      const fleet = Array.from({ length: 40 }, (_, n) => ({
        device: world.device(`hostile ${n}`, { ordinal: n, credential: { kind: n % 4 === 3 ? "none" : "good" } }),
        last: { digest: DIGEST, epo: 0, seq: choose.one([-1, -1, 5]) },
      }))
      for (const [n, one] of fleet.entries()) {
        if (n % 4 !== 3) await driver.say(one.device.did, one.device.presentation())
        // Some are known and trusted before they turn.
        if (n % 4 !== 0) continue
        for (let i = 0; i < 12; i++) {
          const signed = one.device.message()
          await driver.say(one.device.did, signed)
          one.last = { digest: signed.digest, epo: 0, seq: i }
        }
      }
      await driver.settle()
      for (let n = 0; n < MESSAGES; n++) {
        const one = choose.one(fleet)
        const { signed, last } = hostile(choose, one.device, one.last)
        one.last = last
        const { partition, offset } = await driver.say(one.device.did, signed)
        strikes.set(`${partition}/${offset}`, signed.bytes.toString("latin1"))
        if (n % 37 === 0) await driver.say(honest.did, honest.message())
        if (n % 97 === 0) await driver.tick(1_000)
        if (n % 150 === 149) {
          await driver.settle()
          await driver.restart()
        }
      }
      await driver.settle()
      const decided = [
        ...(await driver.decisions("verified")),
        ...(await driver.decisions("annotated")),
        ...(await driver.decisions("quarantined")),
        ...(await driver.rejected()),
      ].map(({ origin }) => `${origin.partition}/${origin.offset}`)
      expect(new Set(decided).size).toBe(decided.length)
      for (const origin of strikes.keys()) expect(decided).toContain(origin)
      await driver.restart()
      const origin = await driver.say(honest.did, honest.message())
      await driver.settle()
      expect(["verified", "annotated"]).toContain(driver.decidedAt(origin)?.decision.outcome)
      expect((await driver.replay()).differing).toBe(0)
      await driver.close()
    })
  }
})
