import { hash } from "node:crypto"
import { describe, expect, it } from "vitest"
import { Driver, device, NOW, submit } from "./fixtures.ts"

const pump = device()
const SENML = { act: "telemetry", body: undefined, senml: [{ n: "t", v: 1 }] }
const digestOf = (token: Buffer): string => hash("sha256", token.subarray(0, token.lastIndexOf(".")), "base64url")

/** Messages of one device, each naming the one before. */
const chain = (...members: ReadonlyArray<object>): ReadonlyArray<Buffer> => {
  const signed: Buffer[] = []
  for (const more of members)
    signed.push(
      pump.message({
        ...SENML,
        seq: signed.length,
        ...(signed.length === 0 ? {} : { prv: digestOf(signed.at(-1)!) }),
        ...more,
      }),
    )
  return signed
}

const outcomes = async (tokens: ReadonlyArray<Buffer>): Promise<ReadonlyArray<string>> => {
  const driver = new Driver()
  const found: string[] = []
  for (const token of tokens) found.push((await driver.outcome(submit(pump, token))).join(" "))
  return found
}

const HOUR = 3_600
const old = (hours: number) => ({ iat: NOW - hours * HOUR })

describe("old telemetry", () => {
  it("that was kept while there was no network is annotated, whole and in order", async () => {
    const kept = [2.5, 2.4, 2.4, 1.2, 1].map(old)
    expect(await outcomes(chain(old(2.6), ...kept))).toEqual([
      "fail identity.stale",
      "warn identity.backfill",
      "warn identity.backfill",
      "warn identity.backfill",
      "warn identity.backfill",
      "pass",
    ])
  })

  it("goes on behind a gap from the next one on", async () => {
    const all = chain(old(2.6), old(2.5), old(2.4), old(2.3), old(2.2))
    expect(await outcomes(all.filter((_, index) => index !== 2))).toEqual([
      "fail identity.stale",
      "warn identity.backfill",
      "fail identity.contested identity.stale",
      "warn identity.contested identity.backfill",
    ])
  })

  it("may come over a boot", async () =>
    expect(await outcomes(chain(old(2.6), { ...old(2.5), epo: 2, seq: 0 }))).toEqual([
      "fail identity.stale",
      "warn identity.backfill",
    ]))

  it.each<[string, object]>([
    ["whose time falls", old(2.7)],
    ["that names another message", { ...old(2.5), prv: `${"B".repeat(42)}A` }],
    ["that skips a counter", { ...old(2.5), seq: 2 }],
    ["of another act", { ...old(2.5), act: "event", senml: undefined, body: {} }],
  ])("%s stays stale", async (_, more) =>
    expect(await outcomes(chain(old(2.6), more))).toEqual(["fail identity.stale", "fail identity.stale"]),
  )
})
