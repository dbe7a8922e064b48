import type { ReasonCode, TrustBundle } from "@assay/trust"
import { describe, expect, it } from "vitest"
import { judgeSegmentation } from "../src/judge.ts"
import type { SegmentationState } from "../src/state.ts"
import { ACTIVE, type Case, DAY, DEVICE, earlier, entryOf, NOON, PUMP, SENSOR } from "./support.ts"

const STRANGER = { isAdmitted: false, incidents: undefined }
const judge = (c: Case, state?: SegmentationState) => judgeSegmentation(entryOf(c), state, STRANGER)
const at = (path: string): string => `https://p.example/${path}`
const hour = (h: number): number => DAY + h * 3_600_000

describe("judge", () => {
  const table: ReadonlyArray<readonly [what: string, c: Case, reasons: ReadonlyArray<ReasonCode>]> = [
    ["passes over a conduit", {}, []],
    ["knows no policy", { policy: null }, ["segmentation.policy_missing"]],
    ["uses no expired policy", { time: ACTIVE.expires }, ["segmentation.policy_expired"]],
    ["uses a policy up to its last millisecond", { time: ACTIVE.expires - 1 }, []],
    ["gives no zone without a credential", { subject: null }, ["segmentation.unassigned"]],
    ["gives no zone to another vendor", { subject: { ...SENSOR, vendor: "acmes" } }, ["segmentation.unassigned"]],
    ["assigns by DID before facts", { iss: DEVICE }, ["segmentation.no_conduit"]],
    ["assigns by DID without a credential", { iss: DEVICE, subject: null }, ["segmentation.no_conduit"]],
    ["refuses an audience outside all zones", { aud: at("cafeteria/x") }, ["segmentation.audience_unknown"]],
    ["refuses a zone's name without its slash", { aud: at("control") }, ["segmentation.audience_unknown"]],
    ["refuses dot segments", { aud: at("control/../safety/x") }, ["segmentation.audience_unknown"]],
    ["refuses escapes", { aud: at("control/%2e%2e/safety") }, ["segmentation.audience_unknown"]],
    ["denies by default", { act: "telemetry", aud: at("office/x") }, ["segmentation.no_conduit"]],
    ["denies within a zone", { aud: at("field/x") }, ["segmentation.no_conduit"]],
    ["denies the way back", { iss: DEVICE, aud: at("field/x") }, ["segmentation.no_conduit"]],
    ["finds the device behind a DID audience", { aud: DEVICE, act: "config", time: hour(23) }, []],
    ["refuses a DID that nobody assigned", { aud: "did:key:zOther" }, ["segmentation.audience_unknown"]],
    ["lets a guardrail beat a conduit", { act: "event", aud: at("safety/x") }, ["segmentation.guardrail"]],
    ["lets a guardrail forbid only its actions", { act: "telemetry", aud: at("safety/x") }, []],
    [
      "prefers a guardrail to no conduit as the reason",
      { act: "command", aud: at("safety/x") },
      ["segmentation.guardrail"],
    ],
    ["refuses an expired conduit", { act: "firmware" }, ["segmentation.conduit_expired"]],
    ["carried over it before", { act: "firmware", time: Date.UTC(2026, 3, 30) }, []],
    ["opens at the first minute", { act: "config", time: hour(6) }, []],
    ["is shut before it", { act: "config", time: hour(6) - 1 }, ["segmentation.outside_window"]],
    ["shuts at the last minute", { act: "config", time: hour(18) }, ["segmentation.outside_window"]],
    ["is open past midnight", { act: "config", aud: at("lab/x"), time: hour(3) }, []],
    ["is shut by day", { act: "config", aud: at("lab/x") }, ["segmentation.outside_window"]],
    ["carries the class that it names", { act: "command", subject: PUMP }, []],
    ["carries no other class", { act: "command" }, ["segmentation.no_conduit"]],
    ["only observes in observe mode", { act: "event", aud: at("office/x") }, []],
    [
      "enforces once observing ends",
      { act: "event", aud: at("office/x"), time: Date.UTC(2026, 6, 1) },
      ["segmentation.outside_window"],
    ],
    ["lets presentations pass", { act: null, aud: at("assay"), subject: null, policy: null }, []],
  ]
  it.each(table)("%s", (_, c, reasons) => {
    const { verdict } = judge(c)
    expect(verdict?.reasons).toEqual(reasons)
    expect(verdict?.outcome).toBe(reasons.length === 0 ? "pass" : "fail")
  })

  it("puts a device that is addressed in this deployment into its own zone, and no other text", () => {
    const body = { trustDomain: "https://p.example/" } as TrustBundle
    const bundle = { hash: "ab".repeat(32), version: 1, expires: Number.MAX_SAFE_INTEGER, body }
    const reasons = (aud: string) => {
      const entry = entryOf({ aud, act: "config", time: hour(23) })
      return judgeSegmentation({ ...entry, knowledge: { ...entry.knowledge, bundle } }, undefined, STRANGER).verdict
        ?.reasons
    }
    expect(reasons(at(DEVICE))).toEqual([])
    expect(reasons(at("did:key:zOther"))).toEqual(["segmentation.audience_unknown"])
    expect(reasons(`https://other.example/${DEVICE}`)).toEqual(["segmentation.audience_unknown"])
    expect(reasons(at(`x/${DEVICE}`))).toEqual(["segmentation.audience_unknown"])
  })

  it("says who carried it and cites the policy", () => {
    const { verdict } = judge({})
    expect(verdict?.knowledge).toEqual([ACTIVE.hash])
    expect(verdict?.assurance).toBe("software")
    expect(JSON.parse(verdict?.detail ?? "")).toEqual({ policy: 7, conduit: "up", from: "field", to: "control" })
  })

  it("names the guardrail", () => {
    expect(JSON.parse(judge({ act: "event", aud: at("safety/x") }).verdict?.detail ?? "")).toMatchObject({
      guardrail: "calm",
    })
  })

  it("hands trust and assurance to the decider", () => {
    expect(judge({}).verdict?.obligations).toEqual([
      { kind: "minTrust", value: 60, source: "up" },
      { kind: "minAssurance", value: 2, source: "up" },
    ])
  })

  it("demands of a device for which a gateway signs what no claim has, where the conduit says nothing of assurance", () => {
    const iss = "did:key:zGateway/meter-1"
    const subject = { ...SENSOR, assurance: "claimed" } as const
    const asked = (c: Case) => judge({ ...c, iss, subject }).verdict?.obligations
    const software = (source: string) => ({ kind: "minAssurance", value: 2, source })
    expect(asked({ act: "event" })).toEqual([software("rated")])
    expect(asked({})).toEqual([{ kind: "minTrust", value: 60, source: "up" }, software("up")])
    expect(asked({ act: "event", aud: at("office/x") })).toEqual([software("trial")])
    // Nothing of this is asked of a device whose own credential says no more.
    expect(judge({ act: "event", subject }).verdict?.obligations).toEqual([])
  })

  it("records what it observes, demands nothing, and still counts", () => {
    const first = judge({ act: "event", aud: at("office/x") })
    expect(first.verdict?.observed).toEqual(["segmentation.outside_window"])
    expect(first.verdict?.obligations).toEqual([])
    const second = judge({ act: "event", aud: at("office/x"), time: NOON + 1 }, first.state)
    expect(second.verdict?.observed).toEqual(["segmentation.outside_window", "segmentation.rate_exceeded"])
    expect(second.verdict?.outcome).toBe("pass")
  })

  it("remembers nothing of a device that does nothing remarkable", () => {
    expect(judge({}).state).toBeUndefined()
    expect(judge({ act: null }).state).toBeUndefined()
    expect(judge({ subject: null, aud: at("safety/x") }).state).toBeUndefined()
  })
})

describe("the window of a conduit", () => {
  const signedAt = (iat: number, time: number) => {
    const entry = entryOf({ act: "config", time })
    const { message } = entry
    const claims = { ...message.claims!, iat: iat / 1000 }
    return judgeSegmentation({ ...entry, message: { ...message, claims } }, undefined, STRANGER).verdict?.reasons
  }
  it("is asked by the time that the device signed, not by when it came", () => {
    expect(signedAt(hour(17.9), hour(18.5))).toEqual([])
    expect(signedAt(hour(5.9), hour(6.1))).toEqual(["segmentation.outside_window"])
  })
})

describe("the rate of a conduit", () => {
  const event = (state: SegmentationState | undefined, time: number, c: Case = {}) =>
    judge({ act: "event", time, ...c }, state)

  it("carries a minute's worth at once, then its pace", () => {
    let state: SegmentationState | undefined
    for (let i = 0; i < 3; i++) {
      const judged = event(state, NOON)
      expect(judged.verdict?.outcome).toBe("pass")
      state = judged.state
    }
    expect(event(state, NOON).verdict?.reasons).toEqual(["segmentation.rate_exceeded"])
    expect(event(state, NOON).state).toBeUndefined()
    expect(event(state, NOON + 19_999).verdict?.outcome).toBe("fail")
    expect(event(state, NOON + 20_000).verdict?.outcome).toBe("pass")
  })

  it("is not used up by what failed before, and is by what came early", () => {
    expect(event(undefined, NOON, { earlier: earlier("credential.expired", "fail") }).state).toBeUndefined()
    expect(event(undefined, NOON, { earlier: earlier("integrity.chain_pending", "warn") }).state).toBeDefined()
  })
})

describe("lateral movement", () => {
  const sweep = (targets: ReadonlyArray<string>, step: number, c: Case = {}) => {
    let state: SegmentationState | undefined
    return targets.map((target, i) => {
      const judged = judge({ ...c, aud: at(target), act: "firmware", time: NOON + i * step }, state)
      state = judged.state ?? state
      return judged.verdict?.reasons.includes("segmentation.lateral_movement")
    })
  }

  it("is several forbidden zones within the window", () => {
    expect(sweep(["safety/a", "office/a", "lab/a", "lab/a"], 1_000)).toEqual([false, false, true, true])
  })
  it("is not one zone again and again", () => {
    expect(sweep(["lab/a", "lab/b", "lab/a", "lab/c", "lab/d"], 1_000)).toEqual(Array(5).fill(false))
  })
  it("is not many audiences that nobody has", () => {
    expect(sweep(["x/a", "y/a", "z/a", "q/a"], 1_000)).toEqual(Array(4).fill(false))
  })
  it("is not a slow series of mistakes", () => {
    expect(sweep(["safety/a", "office/a", "lab/a"], 300_000)).toEqual([false, false, false])
  })
  it("counts where the credential forbids it too", () => {
    const c = { earlier: earlier("credential.audience_refused", "fail") }
    expect(sweep(["safety/a", "office/a", "lab/a"], 1_000, c)).toEqual([false, false, true])
  })
  it("counts nothing that the device may not have done", () => {
    const c = { earlier: earlier("identity.replayed", "fail") }
    expect(sweep(["safety/a", "office/a", "lab/a"], 1_000, c)).toEqual([false, false, false])
  })
})
