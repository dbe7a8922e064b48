import { expect, it } from "vitest"
import { freshStage, OneDevice } from "../../src/evaluate/stage-only.ts"

const START = 1_400_000_000_000
const MINUTE = 60_000
const DAY = 86_400_000

it("learns a device, trusts it, and says when its value jumps", () => {
  const device = new OneDevice(freshStage(), START)
  const said = Array.from({ length: 60 }, (_, n) =>
    device.say(START + n * MINUTE, { level: n < 50 ? 20 + Math.sin(n) : 500 + n }),
  )
  expect(said[0]).toMatchObject({ outcome: "annotated", trust: "learning", alarms: [] })
  expect(said[40]).toMatchObject({ outcome: "verified", trust: "trusted", alarms: [] })
  expect(said[50]!.outcome).toBe("annotated")
  expect(said[50]!.alarms.length).toBeGreaterThan(0)
})

it("lets silence pass as ticks do", () => {
  const device = new OneDevice(freshStage(), START)
  for (let n = 0; n < 20; n++) device.say(START + n * MINUTE, { level: 20 + Math.sin(n) })
  expect(device.trust).toBe("trusted")
  device.say(START + 30 * DAY, { level: 20 })
  expect(device.transitions.map(({ to }) => to)).toEqual(["trusted", "stale"])
})
