import { expect, it } from "vitest"
import { keysIn } from "../../src/verify/index.ts"

it.each([
  [256 << 20, 99_420],
  [8_100, 3],
  [2_699, 1],
  [0, 1],
])("%i bytes hold %i imported keys", (bytes, keys) => {
  expect(keysIn(bytes)).toBe(keys)
})
