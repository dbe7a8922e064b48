/** Every honest kind through the whole pipeline: what is punished stands on the list, and nothing else does. */
import { KINDS, STILL_PUNISHED } from "@assay/fleet"
import { expect, it } from "vitest"
import { judgeHonest } from "../../src/own-time/honest.ts"

const MINUTES = 600_000

it("the list of kinds that are still punished is right", { timeout: MINUTES }, async () => {
  const rows = await judgeHonest({
    kinds: KINDS,
    seed: "assay",
    messages: () => 2_200,
    machines: 1,
    onProgress: () => undefined,
  })
  const wrong = rows.filter((row) => row.wrong.length > 0)
  expect(wrong.map(({ kind }) => kind)).toEqual(Object.keys(STILL_PUNISHED).sort())
})
