import { expect, it } from "vitest"
import { measureAttacks } from "../../src/evaluate/attacks.ts"

it("counts the attempts until an attack is seen, by how much honest was said before", async () => {
  const seen = await measureAttacks(
    "test",
    () => undefined,
    [20, 100],
    ["bit-flip", "clone", "stuck-sensor", "reordering"],
  )
  const by = Object.fromEntries(seen.map(({ attack, attempts }) => [attack, attempts]))
  // What must not be punished is no attack that could be seen.
  expect(Object.keys(by).sort()).toEqual(["bit-flip", "clone", "stuck-sensor"])
  expect(by["bit-flip"]).toEqual({ 20: [1, 1], 100: [1, 1] })
  expect(by["clone"]).toEqual({ 20: [1, 1], 100: [1, 1] })
  for (const attempts of Object.values(by["stuck-sensor"]!))
    for (const attempt of attempts) expect(attempt).toBeGreaterThan(5)
})

it("leaves out what no message can do", async () => {
  expect(await measureAttacks("test", () => undefined, [20], ["older-bundle", "control-by-one"])).toEqual([])
})
