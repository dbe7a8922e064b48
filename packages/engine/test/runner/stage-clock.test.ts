/** A stage's CPU is measured at each chunk of many entries, and at some of those with few, which then count for all of them. */
import { expect, it } from "vitest"
import { StageClock } from "../../src/runner/stage-clock.ts"

it.each([
  { chunks: 4, entries: 32, asked: 12 },
  { chunks: 32, entries: 1, asked: 6 },
])("$chunks chunks of $entries entries", ({ chunks, entries, asked }) => {
  let us = 0
  let asks = 0
  const clock = new StageClock(["identity"], () => {
    asks++
    return us
  })
  for (let n = 0; n < chunks; n++) {
    clock.begins(entries)
    clock.start()
    us += 1_000
    clock.gathered(0)
    us += 2_000
    clock.judged(0, entries)
  }
  const time = { stage: "identity", gatherUs: chunks * 1_000, judgeUs: chunks * 2_000, messages: chunks * entries }
  expect(clock.times).toEqual([time])
  expect(asks).toBe(asked)
})
