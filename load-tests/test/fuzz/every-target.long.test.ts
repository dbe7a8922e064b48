import { fileURLToPath } from "node:url"
import { expect, it } from "vitest"
import { runTargets } from "../../src/fuzz/run.ts"
import { targets } from "../../src/fuzz/targets/index.ts"

const CATALOGUE = fileURLToPath(new URL("../../src/fuzz/targets/index.ts", import.meta.url))
const NAMES = targets.map(({ name }) => name)

it("every parser holds for a short while, and every seed is accepted", async () => {
  const reports = await runTargets(CATALOGUE, NAMES, { seed: "short", inputs: 60 })
  expect(reports.flatMap(({ findings }) => findings)).toEqual([])
  expect(NAMES).toEqual(reports.map(({ target }) => target))
  for (const { target, accepted } of reports) expect(accepted, target).toBeGreaterThan(0)
})
