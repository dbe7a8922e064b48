/** The whole state machine of a device's life: every move from every state, against the table that people read. */
import { describe, expect, it } from "vitest"
import {
  isLifeOver,
  LIFE_MOVES,
  LIFE_STATES,
  type LifeMove,
  type LifeState,
  lifeAfter,
  lifeOf,
  movesFrom,
} from "../src/index.ts"

/** As docs/guides/onboarding.md shows it; what is not here is refused. */
const ALLOWED: ReadonlyArray<readonly [LifeState | null, LifeMove, LifeState]> = [
  [null, "make", "manufactured"],
  [null, "transfer", "transferred"],
  [null, "retire", "retired"],
  ["manufactured", "claim", "claimed"],
  ["manufactured", "transfer", "transferred"],
  ["manufactured", "retire", "retired"],
  ["claimed", "attest", "attested"],
  ["claimed", "transfer", "transferred"],
  ["claimed", "retire", "retired"],
  ["attested", "admit", "active"],
  ["attested", "transfer", "transferred"],
  ["attested", "retire", "retired"],
  ["active", "suspend", "suspended"],
  ["active", "quarantine", "quarantined"],
  ["active", "transfer", "transferred"],
  ["active", "retire", "retired"],
  ["suspended", "resume", "active"],
  ["suspended", "transfer", "transferred"],
  ["suspended", "retire", "retired"],
  ["quarantined", "release", "active"],
  ["quarantined", "suspend", "suspended"],
  ["quarantined", "transfer", "transferred"],
  ["quarantined", "retire", "retired"],
  ["transferred", "retire", "retired"],
]
const STATES: ReadonlyArray<LifeState | null> = [null, ...LIFE_STATES]

describe("a device's life", () => {
  it("goes exactly where the table says, from every state by every move", () => {
    const found = STATES.flatMap((from) =>
      LIFE_MOVES.flatMap((move) => {
        const to = lifeAfter(from, move)
        return to === null ? [] : [[from, move, to] as const]
      }),
    )
    const text = (rows: typeof ALLOWED) => rows.map((row) => row.join(" ")).sort()
    expect(text(found)).toEqual(text(ALLOWED))
    for (const from of STATES)
      expect(movesFrom(from)).toEqual(
        LIFE_MOVES.filter((move) => ALLOWED.some((row) => row[0] === from && row[1] === move)),
      )
  })

  it("reaches every state from nothing, and never comes back from its end", () => {
    const reached = new Set<LifeState | null>([null])
    for (const from of reached)
      for (const move of LIFE_MOVES) {
        const to = lifeAfter(from, move)
        if (to !== null) reached.add(to)
      }
    expect(reached.size).toBe(STATES.length)
    for (const state of LIFE_STATES.filter(isLifeOver))
      for (const move of LIFE_MOVES) expect([null, "retired"]).toContain(lifeAfter(state, move))
    expect(movesFrom("retired")).toEqual([])
  })

  it("is active from its admission on where nobody said anything of it, and quarantined as its trust is", () => {
    expect(lifeOf(null, false, "learning")).toBeNull()
    expect(lifeOf(null, true, "trusted")).toBe("active")
    expect(lifeOf(null, true, "quarantined")).toBe("quarantined")
    expect(lifeOf("active", true, "quarantined")).toBe("quarantined")
    for (const state of LIFE_STATES) if (state !== "active") expect(lifeOf(state, true, "quarantined")).toBe(state)
  })
})
