import { expect, it } from "vitest"
import { limitRepeats } from "../src/repeats.ts"

it("tells the same problem once, another at once, and remembers few", () => {
  const reported: Array<string> = []
  const tell = limitRepeats((what, cause) => reported.push(`${what}: ${cause}`), 60_000)
  tell("reading failed", "away")
  tell("reading failed", "away")
  tell("reading failed", "full")
  expect(reported).toEqual(["reading failed: away", "reading failed: full"])
  for (let n = 0; n < 200; n++) tell("reading failed", String(n))
  tell("reading failed", "away")
  expect(reported.at(-1)).toBe("reading failed: away")
})

it("tells it again when the time is over", () => {
  let times = 0
  const tell = limitRepeats(() => {
    times += 1
  }, 0)
  tell("a", "b")
  tell("a", "b")
  expect(times).toBe(2)
})
