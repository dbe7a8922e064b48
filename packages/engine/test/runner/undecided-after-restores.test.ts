import { describe, expect, it } from "vitest"
import { JudgingError } from "../../src/runner/judging-error.ts"
import { MOST_IN_A_ROW, RESTORES, Suspects } from "../../src/runner/undecided-after-restores.ts"

const fault = (slot: number): JudgingError => new JudgingError("integrity", slot, new Error("it broke"))
const DETAIL = "integrity could not judge: it broke"

/** A batch of entries 10 to 19, in which the one at 14 cannot be judged. */
const failing = (suspects: Suspects, times: number): void => {
  for (let n = 0; n < times; n++) suspects.failed(10, 20, null, fault(2))
}

describe("suspects", () => {
  it("judges one by one only after so many failures at one position", () => {
    const suspects = new Suspects()
    failing(suspects, RESTORES - 1)
    expect(suspects.isSuspect(10)).toBe(false)
    suspects.failed(3, 9, null, fault(2))
    failing(suspects, RESTORES - 1)
    expect(suspects.isSuspect(10)).toBe(false)
    failing(suspects, 1)
    expect([9, 10, 19, 20].map((at) => suspects.isSuspect(at))).toEqual([true, true, true, false])
    expect(suspects.excuseFor(10)).toBeNull()
  })

  it("excuses the entry that fails alone, from the stage on that fails at it, then from the first, then not at all", () => {
    const suspects = new Suspects()
    failing(suspects, RESTORES)
    suspects.failed(14, 15, null, fault(2))
    expect(suspects.excuseFor(13)).toBeNull()
    const excused = suspects.excuseFor(14)
    expect(excused).toEqual({ slot: 2, detail: DETAIL })
    suspects.failed(14, 15, excused, fault(4))
    expect(suspects.excuseFor(14)).toEqual({ slot: 0, detail: DETAIL })
    suspects.failed(14, 15, suspects.excuseFor(14), fault(0))
    expect(suspects.excuseFor(14)).toBeNull()
  })

  it("excuses none any more where one entry after the other fails, until one is decided", () => {
    const suspects = new Suspects()
    for (let n = 0; n < RESTORES; n++) suspects.failed(0, 100, null, fault(0))
    for (let at = 0; at < MOST_IN_A_ROW; at++) {
      suspects.failed(at, at + 1, null, fault(0))
      const excused = suspects.excuseFor(at)
      expect(excused).not.toBeNull()
      suspects.passed(excused, true)
    }
    suspects.failed(MOST_IN_A_ROW, MOST_IN_A_ROW + 1, null, fault(0))
    expect(suspects.excuseFor(MOST_IN_A_ROW)).toBeNull()
    suspects.passed(null, true)
    expect(suspects.excuseFor(MOST_IN_A_ROW)).not.toBeNull()
  })
})
