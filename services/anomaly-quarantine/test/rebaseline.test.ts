import { RELEARNING } from "@assay/detection"
import type { ControlFact } from "@assay/trust"
import { describe, expect, it } from "vitest"
import { Harness } from "./harness.ts"

const TWO = ["did:key:op1", "did:key:op2"]
const [GOOD, WATCHED, CONVICTED] = ["did:key:zA", "did:key:zB", "did:key:zC"] as [string, string, string]

const rebaseline = (signers: ReadonlyArray<string>, elsewhere = false): ControlFact => ({
  accepted: true,
  reasons: [],
  what: {
    kind: "command",
    verb: "rebaseline",
    target: "class=pump",
    signers,
    reason: "new sensors",
    devices: [GOOD, WATCHED, CONVICTED, "did:key:zUnknown"],
  },
  ...(elsewhere ? { elsewhere: true } : {}),
})

const scene = (): Harness => {
  const harness = new Harness()
  for (const device of [GOOD, WATCHED, CONVICTED]) {
    harness.trusted(device)
    for (let n = 0; n < 10; n++) harness.say(device, { values: [20 + (n % 3)] })
  }
  harness.say(CONVICTED, { integrity: ["integrity.firmware_tampered"] })
  for (let n = 0; harness.trust(WATCHED) === "trusted" && n < 50; n++)
    harness.say(WATCHED, { identity: ["integrity.chain_broken"] })
  expect([GOOD, WATCHED, CONVICTED].map((device) => harness.trust(device))).not.toContain("learning")
  return harness
}

/** Messages that a new baseline still is learned in. */
const relearning = (harness: Harness, device: string) => harness.states.get(device)!.relearning

describe("a new baseline by order of operators", () => {
  it("is learned by devices in good standing, and by nobody else", () => {
    const harness = scene()
    const before = new Map([WATCHED, CONVICTED].map((device) => [device, harness.states.get(device)]))
    const { events } = harness.control(rebaseline(TWO))
    expect(relearning(harness, GOOD)).toBe(RELEARNING)
    for (const [device, state] of before) expect(harness.states.get(device)).toEqual(state)
    expect(events).toMatchObject([{ kind: "control", accepted: true }, { kind: "incident" }])
    const detail = JSON.parse((events[1] as { detail: string }).detail)
    expect(detail).toMatchObject({ devices: [GOOD], leftAsTheyAre: [WATCHED, CONVICTED], signers: TWO })
    // The record of the command itself does not repeat the list.
    expect(JSON.parse((events[0] as { detail: string }).detail)).toMatchObject({ devices: 4 })
  })

  it("is done by each partition for its own devices, and recorded as a command by one", () => {
    const harness = scene()
    expect(harness.control(rebaseline(TWO, true)).events).toMatchObject([{ kind: "incident" }])
    expect(relearning(harness, GOOD)).toBe(RELEARNING)
    expect(new Harness().control(rebaseline(TWO, true)).events).toEqual([])
  })

  it("takes two operators", () => {
    const harness = scene()
    expect(harness.control(rebaseline(TWO.slice(0, 1))).events).toMatchObject([
      { accepted: false, reasons: ["control.threshold"] },
    ])
    expect(harness.control(rebaseline(TWO.slice(0, 1), true)).events).toEqual([])
    expect(relearning(harness, GOOD)).toBe(0)
  })
})
