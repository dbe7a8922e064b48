import { describe, expect, it } from "vitest"
import { FIXED_VECTORS } from "../../src/verify/fixed-vectors.ts"
import { type Made, mixedOrder } from "./edwards.ts"

const like = ({ publicKey, input, signature, holds }: Made) => ({
  publicKey: publicKey.toString("hex"),
  input: input.toString(),
  signature: signature.toString("hex"),
  valid: holds,
})
const fixed = (name: string) => {
  const { publicKey, input, signature, valid } = FIXED_VECTORS.find((vector) => vector.name === name)!
  return {
    publicKey: Buffer.from(publicKey).toString("hex"),
    input: Buffer.from(input).toString(),
    signature: Buffer.from(signature).toString("hex"),
    valid,
  }
}

describe("the vectors that a backend is checked on", () => {
  it.each([
    ["valid", "valid 0", 0, 0],
    ["key and R of mixed order that cancel", "mixed key and R 2", 1, 3],
    ["key of mixed order", "mixed key 0", 1, 0],
    ["R of mixed order", "mixed R 0", 0, 1],
  ])("%s: is what the reference arithmetic makes", (name, text, i, j) => {
    expect(fixed(name)).toEqual(like(mixedOrder(text, i, j)))
  })

  it("have a valid one, invalid ones, and both answers for keys of mixed order", () => {
    expect(FIXED_VECTORS.map(({ valid }) => valid)).toEqual([true, false, false, true, false, false])
  })
})
