import { closeVerifyPool, type DriverOptions } from "@assay/testkit/driver"
import { afterAll, describe, expect, it } from "vitest"
import type { Strategy } from "../../src/attack/carrier.ts"
import { runRound } from "../../src/attack/run.ts"
import { MIXTURE, STRATEGIES } from "../../src/attack/strategies.ts"

afterAll(closeVerifyPool)

const named = (name: string) => STRATEGIES.find((strategy) => strategy.name === name)!

/** identity-resolver without its memory: it takes a repeated message for a new one. */
const forgetful: NonNullable<DriverOptions["adapt"]> = (stages) =>
  stages.map((stage) =>
    stage.name !== "identity"
      ? stage
      : {
          ...stage,
          logic: new Map(
            [...stage.logic].map(([version, logic]) => [
              version,
              { ...logic, judge: (entry, _state, facts, states) => logic.judge(entry, undefined, facts, states) },
            ]),
          ),
        },
  )

const PLANTED = "integrity.firmware_vulnerable"

/** integrity-hasher that holds a missing message against its device. */
const charging: NonNullable<DriverOptions["adapt"]> = (stages) =>
  stages.map((stage) =>
    stage.name !== "integrity"
      ? stage
      : {
          ...stage,
          logic: new Map(
            [...stage.logic].map(([version, logic]) => [
              version,
              {
                ...logic,
                judge: (entry, state, facts, states) => {
                  const judged = logic.judge(entry, state, facts, states)
                  if (judged.rejection !== undefined || !judged.verdict.reasons.includes("integrity.chain_pending"))
                    return judged
                  return { ...judged, verdict: { ...judged.verdict, reasons: [PLANTED] } }
                },
              },
            ]),
          ),
        },
  )

/** Each device has a carrier of its own, one after the other: two runs of the node see all of them. */
const inTurn = (strategies: ReadonlyArray<Strategy>): Strategy => {
  let next = 0
  return {
    name: "in-turn",
    about: "another strategy for each device",
    deliver: (seen, random) => strategies[next++ % strategies.length]!.deliver(seen, random),
  }
}

const ALL = [...STRATEGIES, MIXTURE]

describe("a carrier without a key", () => {
  it("moves no trust but by known limits, whatever it does", async () => {
    const devices = 2 * ALL.length
    const round = await runRound(inTurn(ALL), { seed: "short", devices, messages: 40 })
    expect(round.findings).toEqual([])
    expect(round.unmoved + round.withheld + round.limited).toBe(devices)
    // Nothing is held that is not tried: of devices that carriers did something to, some earned less than they would have.
    expect(round.withheld + round.limited).toBeGreaterThan(0)
  })

  it("moves nothing at all by repetition", async () => {
    const repeating = ["burst-replay", "replay-each", "replay-before-knowledge", "replay-after-restart", "misroute"]
    const devices = 2 * repeating.length
    const round = await runRound(inTurn(repeating.map(named)), {
      seed: "repetition",
      devices,
      messages: 40,
      limits: [],
    })
    expect(round.findings).toEqual([])
    // What was said before the first bundle and comes again after it is late, and may change what is earned.
    expect([round.limited, round.unmoved + round.withheld]).toEqual([0, devices])
    expect(round.unmoved).toBeGreaterThan(devices / 2)
    expect(round.deliveries).toBeGreaterThan(2 * round.messages)
  })

  it("is the same again from the same seed", async () => {
    const options = { seed: "again", devices: 3, messages: 20 }
    const [first, second] = [await runRound(MIXTURE, options), await runRound(MIXTURE, options)]
    expect(second).toEqual(first)
  })
})

describe("the comparison", () => {
  it("finds a stage that takes repeated messages for new ones", async () => {
    const { findings } = await runRound(named("replay-each"), {
      seed: "planted",
      devices: 4,
      messages: 20,
      adapt: forgetful,
    })
    expect(findings.map(({ did }) => did.join())).toContain("repeated")
  })

  it("finds a stage that charges a device with what was lost on the way, and lets a known limit explain it", async () => {
    const options = { seed: "planted", devices: 3, messages: 40, adapt: charging }
    const bare = await runRound(named("drop-singles"), { ...options, limits: [] })
    expect(bare.findings.filter(({ problem }) => problem.includes(PLANTED)).length).toBeGreaterThan(0)
    expect(bare.known).toEqual({})
    const limits = [{ code: PLANTED, by: ["dropped"], why: "planted" }] as const
    const explained = await runRound(named("drop-singles"), { ...options, limits })
    expect(explained.findings.filter(({ problem }) => problem.includes(PLANTED))).toEqual([])
    expect(explained.known[PLANTED]).toBeGreaterThan(0)
  })
})
