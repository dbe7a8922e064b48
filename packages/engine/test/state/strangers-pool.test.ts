import type { AnyStage } from "@assay/trust"
import { describe, expect, it } from "vitest"
import { StrangersPool } from "../../src/state/strangers-pool.ts"

const STAGES = [2, 3].map((maximum) => ({ strangers: { maximum } })) as unknown as ReadonlyArray<AnyStage>
const [A, B, C] = [0, 1, 2]

describe("the pool of strangers", () => {
  it("pushes out the least recently written of the same slot, one for each newcomer", () => {
    const pool = new StrangersPool(STAGES)
    expect([pool.put(0, A), pool.put(0, B), pool.put(1, C), pool.put(0, A)]).toEqual(Array(4).fill(-1))
    expect(pool.put(0, C)).toEqual(B)
    expect([pool.sizeOf(0), pool.sizeOf(1)]).toEqual([2, 1])
    expect(pool.placesOf(B)).toBeNull()
    pool.remove(0, A)
    expect(pool.put(0, B)).toBe(-1)
  })

  it("evicts in the same order after a restore, in whatever order the rows came back", () => {
    const live = new StrangersPool(STAGES)
    for (const row of [B, A]) live.put(0, row)
    const restored = new StrangersPool(STAGES)
    for (const row of [A, B]) restored.restore(0, row, live.placesOf(row)![0]!)
    restored.restored()
    expect(restored.put(0, C)).toBe(B)
    expect(restored.placesOf(C)![0]!).toBeGreaterThan(live.placesOf(A)![0]!)
  })
})
