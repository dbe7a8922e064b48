import type { AnyStage } from "@assay/trust"
import { describe, expect, it } from "vitest"
import { StrangersPool } from "../../src/state/strangers-pool.ts"
import type { Row } from "../../src/state/table.ts"

const STAGES = [2, 3].map((maximum) => ({ strangers: { maximum } })) as unknown as ReadonlyArray<AnyStage>
const row = (): Row => ({ admitted: 0, round: -1, slots: [{}, {}], order: null })

describe("the pool of strangers", () => {
  it("pushes out the least recently written of the same slot, one for each newcomer", () => {
    const pool = new StrangersPool(STAGES)
    const [a, b, c] = [row(), row(), row()]
    expect([pool.put(0, "a", a), pool.put(0, "b", b), pool.put(1, "c", c), pool.put(0, "a", a)]).toEqual(
      Array(4).fill(null),
    )
    expect(pool.put(0, "c", c)).toEqual(["b", b])
    expect([pool.sizeOf(0), pool.sizeOf(1)]).toEqual([2, 1])
    pool.remove(0, "a")
    expect(pool.put(0, "b", b)).toBeNull()
  })

  it("evicts in the same order after a restore, in whatever order the rows came back", () => {
    const live = new StrangersPool(STAGES)
    const rows = { a: row(), b: row() }
    for (const name of ["b", "a"] as const) live.put(0, name, rows[name])
    const restored = new StrangersPool(STAGES)
    for (const name of ["a", "b"] as const) restored.restore(0, name, rows[name])
    restored.restored()
    const newcomer = row()
    expect(restored.put(0, "c", newcomer)).toEqual(["b", rows.b])
    expect(newcomer.order![0]).toBeGreaterThan(rows.a.order![0]!)
  })
})
