import { readFileSync } from "node:fs"
import { expect, test } from "vitest"
import { compileContract } from "../contract/compile.ts"

test("what the adapter deploys is what the source compiles to (npm run contract:generate)", () => {
  const generated = readFileSync(new URL("../src/generated/contract.ts", import.meta.url), "utf8")
  expect(compileContract()).toBe(generated)
})
