import { parsePolicy } from "@assay/segmentation"
import type { Active, SegmentationPolicy } from "@assay/trust"
import { describe, expect, it } from "vitest"
import { flowOf, type Incidents, passedUnder, rememberPassed } from "../src/changed-policy.ts"
import { judgeSegmentation } from "../src/judge.ts"
import { forgetAt, LAYOUT, type SegmentationState } from "../src/state.ts"
import { type Case, earlier, entryOf, NOON, POLICY } from "./support.ts"

const policy = (version: number, change: (text: string) => string): Active<SegmentationPolicy> => {
  const { policy: body, problems } = parsePolicy(change(POLICY).replace("version: 7", `version: ${version}`))
  if (body === null) throw new Error(JSON.stringify(problems))
  return { hash: String(version).padStart(64, "0"), version, expires: body.expires, body }
}

/** Without the conduits `up` and `half`, and with a guardrail more. */
const NARROWED = policy(8, (text) => text.replace(/^ {2}- \{ id: (?:up|half),.*\n/gm, ""))
const CORRECTED = policy(9, (text) => text)

const plant = () => {
  const states = new Map<string, SegmentationState>()
  const incidents: Array<Record<string, unknown>> = []
  let shared: Incidents | undefined
  return {
    incidents,
    states,
    says: (iss: string, c: Case, isAdmitted = true): ReadonlyArray<string> => {
      const judged = judgeSegmentation(entryOf({ iss, ...c }), states.get(iss), { isAdmitted, incidents: shared })
      if (judged.state !== undefined) states.set(iss, judged.state)
      shared = judged.shared ?? shared
      for (const event of judged.events ?? []) if (event.kind === "incident") incidents.push(JSON.parse(event.detail))
      return judged.verdict.reasons
    },
  }
}
const SAFETY = { aud: "https://p.example/safety/log" }

describe("a policy that was narrowed", () => {
  it("refuses what it carried before, charges nobody, is one incident, and ends with the right policy", () => {
    const { says, incidents } = plant()
    const devices = ["did:key:zA", "did:key:zB", "did:key:zC"]
    for (const device of devices) for (const c of [{}, SAFETY]) expect(says(device, c)).toEqual([])
    for (let i = 0; i < 15; i++)
      for (const device of devices)
        for (const c of [{}, SAFETY])
          expect(says(device, { ...c, policy: NARROWED, time: NOON + i })).toEqual(["segmentation.policy_changed"])
    expect(incidents).toMatchObject([{ what: expect.stringMatching(/^policy narrowed/), policy: 8, passedUnder: 7 }])
    for (const device of devices) expect(says(device, { policy: CORRECTED })).toEqual([])
    expect(incidents).toHaveLength(1)
  })

  it("excuses no flow that the device itself was not carried on", () => {
    const { says } = plant()
    says("did:key:zA", {})
    expect(says("did:key:zA", { ...SAFETY, policy: NARROWED })).toEqual(["segmentation.no_conduit"])
    expect(says("did:key:zA", { aud: "https://p.example/control/other", policy: NARROWED })).toEqual([
      "segmentation.no_conduit",
    ])
    expect(says("did:key:zA", { act: "event", ...SAFETY })).toEqual(["segmentation.guardrail"])
    expect(says("did:key:zB", { policy: NARROWED })).toEqual(["segmentation.no_conduit"])
  })

  it("excuses nothing by what was refused before, by what failed elsewhere, or by strangers", () => {
    const { says, states } = plant()
    says("did:key:zA", { aud: "https://p.example/lab/x" })
    says("did:key:zB", { earlier: earlier("credential.value_out_of_range", "fail") })
    says("did:key:zC", {}, false)
    expect([...states.values()].map(({ passed }) => passed.length)).toEqual([0])
    for (const device of ["did:key:zB", "did:key:zC"])
      expect(says(device, { policy: NARROWED })).toEqual(["segmentation.no_conduit"])
  })

  it("does not hide a sweep: what the device never had is counted", () => {
    const { says } = plant()
    says("did:key:zA", {})
    const sweep = ["lab/a", "office/a", "safety/a"].map((path, i) =>
      says("did:key:zA", { aud: `https://p.example/${path}`, act: "firmware", policy: NARROWED, time: NOON + i }),
    )
    expect(sweep.at(-1)).toContain("segmentation.lateral_movement")
  })
})

describe("the memory of flows", () => {
  it("holds eight, the newest, and the version that carried each last", () => {
    let state: SegmentationState | undefined
    for (let flow = 0; flow < 12; flow++) state = rememberPassed(state, flow, 1)
    state = rememberPassed(state, 5, 2)
    expect([3, 4, 5, 11].map((flow) => passedUnder(state, flow))).toEqual([null, 1, 2, 1])
    expect(rememberPassed(state, 5, 2)).toBe(state)
    expect(LAYOUT.decode(LAYOUT.encode(state!))).toEqual(state)
    // What is remembered outlives silence.
    expect(forgetAt(state!)).toBeUndefined()
    expect(forgetAt(ACTIVE_STATE)).toBeDefined()
  })

  it("tells acts and audiences apart", () => {
    const flows = (["telemetry", "event", "command", "config", "firmware"] as const).flatMap((act) =>
      ["https://p/a", "https://p/b", "https://p/ab"].map((aud) => flowOf({ act, aud })),
    )
    expect(new Set(flows).size).toBe(15)
  })
})

const ACTIVE_STATE = LAYOUT.seal(LAYOUT.draft())
