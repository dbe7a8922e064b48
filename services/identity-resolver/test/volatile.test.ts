/** Devices of a class that may lose its position: what they sign twice is contested, and proves nothing. */
import { describe, expect, it } from "vitest"
import { keepClass } from "../src/apply.ts"
import { LAYOUT } from "../src/state.ts"
import { hashOfClass } from "../src/volatile.ts"
import { Driver, device, digestOf, NOW, submit, summary } from "./fixtures.ts"

const MINUTE = 60
/** Of no message that is known. */
const ELSE = `${"B".repeat(42)}A`
const sleeper = device()

/** A device of this class that counts in memory alone. */
const deviceOf = (deviceClass: string) => {
  const driver = new Driver({ volatile: new Set([hashOfClass("sleeper")]) })
  const entry = {
    kind: "admission",
    origin: { epoch: 0, partition: 0, offset: 0 },
    time: 0,
    device: sleeper.did,
  } as const
  const view = {
    get: () => undefined,
    shared: undefined,
    isAdmitted: () => true,
    due: () => [],
    admittedWhere: () => [],
    ownKeys: () => [],
    admitted: 1,
  }
  const { states } = keepClass({ ...entry, proof: null, knowledge: undefined as never }, view, deviceClass)
  for (const [key, state] of states) driver.states.set(key, LAYOUT.decode(LAYOUT.encode(state!)))
  let last: Uint8Array | null = null
  const hear = async (seq: number, time: number, members: object = {}) => {
    const prv = seq === 0 || last === null ? null : digestOf(last)
    const bytes = sleeper.message({ epo: 0, seq, prv, iat: time, ...members })
    const [judged] = await driver.run([submit(sleeper, bytes, { time })])
    if (judged!.rejection === undefined) last = bytes
    return {
      said: summary(judged!).slice(1),
      events: judged!.rejection === undefined ? (judged!.events ?? []) : [],
      bytes,
    }
  }
  return { driver, hear }
}

describe("a device of a volatile class", () => {
  it("begins anew after each sleep: the first message is contested, and then it counts", async () => {
    const { hear } = deviceOf("sleeper")
    for (let boot = 0; boot < 6; boot++) {
      const woke = NOW + boot * 10 * MINUTE
      const heard = []
      for (let seq = 0; seq < 4; seq++) heard.push(await hear(seq, woke + seq))
      expect(heard.map(({ said }) => said)).toEqual([boot === 0 ? [] : ["identity.contested"], [], [], []])
      expect(heard.flatMap(({ events }) => events)).toEqual([])
    }
  })

  it("of any other class is convicted for the same", async () => {
    const { hear } = deviceOf("meter")
    for (let seq = 0; seq < 4; seq++) await hear(seq, NOW + seq)
    const again = await hear(0, NOW + 10 * MINUTE)
    expect(again.said).toEqual(["identity.equivocation"])
    expect(again.events).toMatchObject([{ kind: "proof" }])
  })

  it("is contested for as long as something else of it speaks, and never convicted", async () => {
    const { driver, hear } = deviceOf("sleeper")
    for (let seq = 0; seq < 4; seq++) await hear(seq, NOW + seq)
    const copy = await hear(2, NOW + 5, { prv: ELSE })
    expect(copy.said).toEqual(["identity.contested"])
    expect(copy.events).toEqual([])
    // The one that spoke all the while goes on.
    const next = sleeper.message({ epo: 0, seq: 4, prv: digestOf(driver.messages[3]!.envelope.bytes), iat: NOW + 6 })
    expect((await driver.outcome(submit(sleeper, next, { time: NOW + 6 }))).slice(1)).toEqual([])
  })

  it("gives nobody an old message as a new one", async () => {
    const { driver, hear } = deviceOf("sleeper")
    const kept: Array<Uint8Array> = []
    for (let boot = 0; boot < 3; boot++)
      for (let seq = 0; seq < 3; seq++) kept.push((await hear(seq, NOW + boot * 10 * MINUTE + seq)).bytes)
    for (const bytes of kept)
      expect(await driver.outcome(submit(sleeper, bytes, { time: NOW + 25 * MINUTE }))).toEqual([
        "rejected",
        "identity.replayed",
      ])
  })

  it("begins nothing anew by a time that is no later, nor from the far future", async () => {
    const { hear } = deviceOf("sleeper")
    for (let seq = 0; seq < 4; seq++) await hear(seq, NOW + seq)
    const later = NOW + 10 * MINUTE
    expect((await hear(0, later, { iat: NOW + 3 })).said).toEqual(["identity.contested"])
    expect((await hear(1, later + 1, { iat: later + 3600, prv: ELSE })).said).toContain("identity.future")
  })
})
