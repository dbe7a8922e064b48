import { expect, it, vi } from "vitest"
import { ThreadShare } from "../src/thread-share.ts"

const work = (ms: number): void => {
  for (const end = performance.now() + ms; performance.now() < end; );
}

it("takes no more than its share of the thread, all who ask together", async () => {
  const share = new ThreadShare(0.25)
  const from = performance.now()
  await Promise.all(Array.from({ length: 10 }, () => share.take(() => work(5))))
  // After the last turn nobody waits for its rest.
  expect(performance.now() - from).toBeGreaterThan(10 * 5 + 9 * 15 - 10)
})

it("lets others in between two turns, in the order in which they were asked for", async () => {
  const share = new ThreadShare(1)
  const done: Array<string> = []
  const turns = ["a", "b", "c"].map((name) => share.take(() => done.push(name)))
  await turns[0]
  setImmediate(() => done.push("other"))
  await Promise.all(turns)
  expect(done.filter((name) => name !== "other")).toEqual(["a", "b", "c"])
  expect(done.indexOf("other")).toBeLessThan(3)
})

it("goes on after work that threw, and says so to its caller alone", async () => {
  const share = new ThreadShare(0.5)
  const failing = share.take(() => {
    throw new Error("no")
  })
  const next = vi.fn(() => 7)
  const following = share.take(next)
  await expect(failing).rejects.toThrow("no")
  expect(await following).toBe(7)
})

it.each([0, -1, 1.5, Number.NaN])("is no share: %d", (share) => {
  expect(() => new ThreadShare(share)).toThrow(RangeError)
})
