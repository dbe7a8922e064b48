import { EMPTY_ROOT, leafHash, nodesOf, rootAt, rootOf } from "@assay/transparency"
import fc from "fast-check"
import { expect, test } from "vitest"
import { EditableTree } from "../../src/members/tree.ts"
import { hex } from "../plant.ts"

const hashOf = (n: number): Uint8Array => leafHash(Buffer.from(`leaf ${n}`))

test("whatever is replaced, added and taken away, root and tiles are those of RFC 6962 over the leaves", async () => {
  const edit = fc.oneof(
    { weight: 6, arbitrary: fc.record({ at: fc.nat(), n: fc.nat(1_000) }) },
    { weight: 2, arbitrary: fc.constant("pop" as const) },
    { weight: 1, arbitrary: fc.constant("root" as const) },
  )
  await fc.assert(
    fc.asyncProperty(fc.nat(300), fc.array(edit, { maxLength: 60 }), async (size, edits) => {
      const tree = new EditableTree()
      const leaves: Array<Uint8Array> = []
      for (let n = 0; n < size; n++) {
        tree.set(n, hashOf(n))
        leaves.push(hashOf(n))
      }
      for (const one of edits) {
        if (one === "root") expect(hex(tree.root())).toBe(hex(rootOf(leaves)))
        else if (one !== "pop") {
          const at = one.at % (leaves.length + 1)
          tree.set(at, hashOf(one.n))
          leaves[at] = hashOf(one.n)
        } else if (leaves.length > 0) {
          tree.pop()
          leaves.pop()
        }
      }
      expect(hex(tree.root())).toBe(hex(rootOf(leaves)))
      expect(hex(await rootAt(nodesOf(tree, leaves.length), leaves.length))).toBe(hex(rootOf(leaves)))
    }),
    { numRuns: 25 },
  )
})

test("it has no leaf to take away, none beyond the next, and no tile that it has not whole", async () => {
  const tree = new EditableTree()
  expect(hex(tree.root())).toBe(hex(EMPTY_ROOT))
  expect(() => tree.pop()).toThrow(RangeError)
  expect(() => tree.set(1, hashOf(0))).toThrow(RangeError)
  tree.set(0, hashOf(0))
  expect(await tree.read({ level: 0, index: 0, width: 1 })).toEqual(Uint8Array.from(hashOf(0)))
  expect(await tree.read({ level: 0, index: 0, width: 2 })).toBeNull()
  expect(await tree.read({ level: 1, index: 0, width: 1 })).toBeNull()
})
