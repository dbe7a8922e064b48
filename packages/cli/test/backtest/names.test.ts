import { expect, it } from "vitest"
import { SenmlNames } from "../../src/backtest/names.ts"

/** RFC 8428, section 4.5.1, and no two dots in a row. */
const NAME = /^(?!.*\.\.)[A-Za-z0-9:._/-]+$/

it("leaves names that SenML allows, and keeps others apart", () => {
  const names = new SenmlNames()
  expect(names.of("line-1/temp.in_C")).toBe("line-1/temp.in_C")
  const changed = ["Volume Flow", "Volume_Flow ", "Volume+Flow", "größe", "a..b", "x".repeat(500)].map((name) =>
    names.of(name),
  )
  expect(new Set(changed).size).toBe(changed.length)
  for (const name of changed) expect(name).toMatch(NAME)
  expect(names.of("Volume Flow")).toBe(changed[0])
})
