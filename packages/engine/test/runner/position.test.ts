/** Where a group goes on, when its position and its state are not read in the same moment. */
import { type Log, TakenOverError } from "@assay/log"
import { ConfigurationError } from "@assay/settings"
import { describe, expect, it } from "vitest"
import { agreedPosition } from "../../src/runner/position.ts"

/** A log of which only `take` is asked: it says these positions, one after the other. */
const claimOver = (positions: ReadonlyArray<number>, shared = true) => {
  const left = [...positions]
  const take: Log["take"] = async (_group, _at, known = 0) => left.shift() ?? known
  const log = {
    take,
    traits: { engine: "kafka", headers: true, compacts: true, expires: true, shared },
  } as unknown as Log
  return { log, group: "g", at: { stream: "in", partition: 2 }, changelog: "g.state.v1", acceptMoved: false }
}
const at = (next: number) => ({ next, lastTime: 0 })

describe("a position and a state that differ", () => {
  it("agree where nothing happened in between", async () => {
    expect(await agreedPosition(claimOver([]), 7, at(7))).toBe(7)
  })

  it("another process took the partition after us, and its commit is in the state that we read: no more ours", async () => {
    await expect(agreedPosition(claimOver([11]), 7, at(11))).rejects.toThrow(TakenOverError)
    await expect(agreedPosition(claimOver([13]), 7, at(11))).rejects.toThrow(TakenOverError)
    await expect(agreedPosition(claimOver([13]), 0, at(11))).rejects.toThrow(TakenOverError)
  })

  it("brokers that forgot the position get it from the state", async () => {
    expect(await agreedPosition(claimOver([]), 0, at(11))).toBe(11)
  })

  it("nobody moved anything since: somebody set the group, or replaced the state", async () => {
    await expect(agreedPosition(claimOver([7]), 7, at(11))).rejects.toThrow(ConfigurationError)
    await expect(agreedPosition(claimOver([]), 11, at(7))).rejects.toThrow(ConfigurationError)
  })
})
