import { expect, it } from "vitest"
import { ByPrincipal, MAX_PRINCIPALS, OTHERS } from "../../src/runner/by-principal.ts"

it("counts so many principals apart, the rest as one, and none where nobody is known", () => {
  const counts = new ByPrincipal()
  counts.add({ principal: null, signed: true })
  expect(counts.counted()).toEqual([])
  for (let n = 0; n < MAX_PRINCIPALS + 5; n++) counts.add({ principal: `gateway-${n}`, signed: n % 2 === 0 })
  counts.add({ principal: "gateway-0", signed: false })
  counts.add({ principal: "x".repeat(1_000), signed: false })
  const found = counts.counted()
  expect(found).toHaveLength(MAX_PRINCIPALS + 1)
  expect(found[0]).toEqual({ principal: "gateway-0", rejected: 2, signed: 1 })
  expect(found.at(-1)).toEqual({ principal: OTHERS, rejected: 6, signed: 3 })
})
