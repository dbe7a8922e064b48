import { TRUST_STATES } from "@assay/trust"
import { describe, expect, it } from "vitest"
import { TRANSITIONS } from "../src/index.ts"
import { ALLOWED } from "./allowed-transitions.ts"

describe("table of transitions", () => {
  it("has exactly the arrows that messages and time may take", () => {
    for (const state of TRUST_STATES) {
      const { proof, persistence, alarm, calm, silence, cooldown } = TRANSITIONS[state]
      const targets = new Set([proof, persistence, alarm, calm, silence, cooldown])
      targets.delete(null)
      targets.delete(state)
      expect([...targets].sort(), state).toEqual([...ALLOWED[state]].sort())
    }
  })
  it("lets operators quarantine and revoke whatever is not revoked, and release what is watched or quarantined", () => {
    for (const state of TRUST_STATES) {
      const { quarantine, revoke, release } = TRANSITIONS[state]
      expect([quarantine, revoke], state).toEqual(state === "revoked" ? [null, null] : ["quarantined", "revoked"])
      const released = state === "watched" ? "learning" : state === "quarantined" ? "probation" : null
      expect(release, state).toBe(released)
    }
  })
  it("waits for time to pass in one way at most, and leaves revoked in none", () => {
    for (const state of TRUST_STATES)
      expect(TRANSITIONS[state].silence === null || TRANSITIONS[state].cooldown === null, state).toBe(true)
    expect(Object.values(TRANSITIONS.revoked).every((next) => next === null)).toBe(true)
  })
})
