/** Operators end the binding of a device to its hardware. What evidence then comes to is in test/system/hardware. */
import { type ControlEntry, type ControlFact, NO_KNOWLEDGE, type StateView } from "@assay/trust"
import { describe, expect, it } from "vitest"
import { applyIntegrity } from "../src/apply.ts"
import { type IntegrityState, LAYOUT } from "../src/state.ts"
import { viewOf } from "./device.ts"

const DEVICE = "did:key:zDevice"
const TIME = 1_790_000_000_000

const entryOf = (signers: ReadonlyArray<string>, more: Partial<ControlFact> = {}): ControlEntry => ({
  kind: "control",
  origin: { epoch: 1, partition: 0, offset: 1 },
  time: TIME,
  knowledge: NO_KNOWLEDGE,
  control: {
    accepted: true,
    reasons: [],
    what: { kind: "command", verb: "unbind", target: DEVICE, signers, reason: "another board" },
    ...more,
  },
})
const TWO = ["did:key:op1", "did:key:op2"]

const viewWith = (state: IntegrityState | undefined): StateView<IntegrityState> => ({
  ...viewOf(),
  shared: undefined,
  get: (device) => (device === DEVICE ? state : undefined),
})
const appraised = (until: number): IntegrityState => {
  const draft = LAYOUT.draft()
  Object.assign(draft.appraised.push(), { until, challengedAt: 7, status: "affirming", passed: true })
  return LAYOUT.seal(draft)
}
const rowOf = (state: IntegrityState) => state.appraised.at(0)

describe("the end of a binding", () => {
  it("ends at once what the hardware stood for, and says so", () => {
    const { states, events } = applyIntegrity(entryOf(TWO), viewWith(appraised(TIME + 1_000)))
    expect(states[0]![0]).toBe(DEVICE)
    const { until, boundFrom, challengedAt } = rowOf(states[0]![1]!)
    expect({ until, boundFrom, challengedAt }).toEqual({ until: 0, boundFrom: TIME, challengedAt: 7 })
    expect(events).toMatchObject([{ kind: "appraisal", device: DEVICE }])
  })

  it.each([
    ["had ended before", appraised(0)],
    ["was never known", undefined],
  ])("of hardware that %s keeps what was endorsed from counting later, and lowers nothing", (_, state) => {
    const { states, events } = applyIntegrity(entryOf(TWO), viewWith(state))
    expect(rowOf(states[0]![1]!).boundFrom).toBe(TIME)
    expect(events).toEqual([])
  })

  it.each<[string, ControlEntry]>([
    ["one operator", entryOf(TWO.slice(0, 1))],
    ["one operator twice", entryOf([TWO[0]!, TWO[0]!])],
    ["a command that was refused", entryOf(TWO, { accepted: false, reasons: ["control.threshold"] })],
  ])("is not ended by %s", (_, entry) => {
    expect(applyIntegrity(entry, viewWith(appraised(TIME + 1_000)))).toMatchObject({ states: [], events: [] })
  })
})
