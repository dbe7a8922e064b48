import { expect, it } from "vitest"
import { sharedScrape } from "../src/shared-scrape.ts"

it("renders once for all who ask within a short time, and shares the bytes", async () => {
  let clock = 0
  let renders = 0
  const scrape = sharedScrape(
    async () => {
      clock += 20
      return `${++renders}`
    },
    () => clock,
  )
  const [first, second] = await Promise.all([scrape(), scrape()])
  expect(first).toBe(second)
  clock += 300
  expect(await scrape()).toBe(first) // rendering took 20 ms: 400 ms must pass
  clock += 200
  expect(String(await scrape())).toBe("2")
})

it("shows what is at most two seconds old, however long rendering waits", async () => {
  let clock = 0
  let renders = 0
  const scrape = sharedScrape(
    async () => {
      clock += 10_000
      return `${++renders}`
    },
    () => clock,
  )
  await scrape()
  clock += 2_001
  expect(String(await scrape())).toBe("2")
})

it("tries again after a failure", async () => {
  let fails = true
  const scrape = sharedScrape(async () => {
    if (fails) throw new Error("no")
    return "yes"
  })
  await expect(scrape()).rejects.toThrow("no")
  fails = false
  expect(String(await scrape())).toBe("yes")
})
