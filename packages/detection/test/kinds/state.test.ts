import { describe, expect, it } from "vitest"
import { DETECTION_DEFAULTS as config } from "../../src/config.ts"
import { addMeasurement } from "../../src/device.ts"
import { VALUES_MAX } from "../../src/kinds/state.ts"
import { times, values } from "../detectors/series.ts"
import { newDevice } from "../device.ts"

/** Each value for so many samples. */
const rests = (order: ReadonlyArray<number>, samples = 6): Array<number> =>
  order.flatMap((value) => times(samples, () => value))

const learned = (order: ReadonlyArray<number>) => {
  const memory = addMeasurement(newDevice(0), 1)
  values([...times(30, () => order[0]!), ...rests(order)], config, 60, memory)
  return memory
}

describe("a state", () => {
  it("is a measurement that rests and comes back to its values", () => {
    expect(learned([0, 1, 2, 0, 1, 2]).kind).toBe("state")
  })
  it("reports a value that was never seen once, after enough moves without one", () => {
    const memory = learned(times(20, () => [0, 1, 2]).flat())
    expect(values(rests([3, 0, 3, 0, 3]), config, 60, memory).flat()).toEqual(["anomaly.new_state"])
    expect(values(rests([4]), config, 60, learned([0, 1, 2, 3])).flat()).toEqual([])
  })
  it("reports a step between known values that was never seen, once", () => {
    const memory = learned(times(20, () => [0, 1, 2]).flat())
    expect(values(rests([0, 2, 0, 2]), config, 60, memory).flat()).toEqual(["anomaly.new_state"])
  })
  it("is a coarse gauge once it takes too many values, and keeps what it knew of their range", () => {
    const memory = learned(times(VALUES_MAX + 2, (i) => 100 - i))
    expect(memory.kind).toBe("coarse")
    expect(memory.high - memory.low).toBeGreaterThanOrEqual(VALUES_MAX - 1)
    expect(
      values(
        rests(
          times(60, (i) => 85 - i),
          30,
        ),
        config,
        600,
        memory,
      ).flat(),
    ).toEqual([])
  })
})
