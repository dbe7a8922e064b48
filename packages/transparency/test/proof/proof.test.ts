import fc from "fast-check"
import { describe, expect, test } from "vitest"
import { Frontier, rootOf } from "../../src/compact.ts"
import { leafHash } from "../../src/hash.ts"
import { buildConsistency, buildInclusion, rootAt } from "../../src/proof/build.ts"
import { verifyConsistency, verifyInclusion } from "../../src/proof/verify.ts"
import { nodesOf } from "../../src/tile/nodes.ts"
import { MemoryLog, numbered, plainRoot } from "../memory.ts"

const LEAVES = numbered(70_000)
const HASHES = LEAVES.map(leafHash)
const log = new MemoryLog()
log.append(LEAVES)

/** Sizes around the joints of the tree matter more than others. */
const size = fc.oneof(
  fc.integer({ min: 1, max: 600 }),
  fc.constantFrom(255, 256, 257, 511, 512, 513, 4096, 65_535, 65_536, 65_537, 70_000),
  fc.integer({ min: 1, max: 70_000 }),
)

describe("proofs over tiles", () => {
  test("the frontier agrees with the tree of the RFC, word for word", () => {
    const frontier = new Frontier()
    for (let n = 0; n < 300; n += 1) {
      expect(Buffer.from(frontier.root())).toEqual(plainRoot(LEAVES.slice(0, n)))
      frontier.append(HASHES[n]!)
    }
  })

  test("any leaf of any prefix is provable", async () => {
    await fc.assert(
      fc.asyncProperty(size, fc.nat(), async (n, pick) => {
        const index = pick % n
        const nodes = nodesOf(log, LEAVES.length)
        const root = await rootAt(nodes, n)
        const proof = await buildInclusion(nodes, index, n)
        expect(verifyInclusion(HASHES[index]!, index, n, root, proof)).toBe(true)
        expect(verifyInclusion(HASHES[(index + 1) % LEAVES.length]!, index, n, root, proof)).toBe(false)
        if (n > 1) expect(verifyInclusion(HASHES[index]!, (index + 1) % n, n, root, proof)).toBe(false)
      }),
      { numRuns: 200 },
    )
  })

  test("any prefix is consistent with any later tree, and with no other", async () => {
    await fc.assert(
      fc.asyncProperty(size, size, async (a, b) => {
        const [from, to] = a < b ? [a, b] : [b, a]
        const nodes = nodesOf(log, LEAVES.length)
        const [old, now] = [await rootAt(nodes, from), await rootAt(nodes, to)]
        const proof = await buildConsistency(nodes, from, to)
        expect(verifyConsistency(from, old, to, now, proof)).toBe(true)
        const other = HASHES[0]!
        if (to > 1) expect(verifyConsistency(from, other, to, now, proof)).toBe(from === 1)
        expect(verifyConsistency(from, old, to, leafHash(other), proof)).toBe(false)
      }),
      { numRuns: 200 },
    )
  })

  test("any changed, missing or added byte of a proof is found", async () => {
    const nodes = nodesOf(log, LEAVES.length)
    await fc.assert(
      fc.asyncProperty(size, fc.nat(), fc.nat(), fc.integer({ min: 1, max: 255 }), async (n, pick, at, flip) => {
        const index = pick % n
        const root = await rootAt(nodes, n)
        const proof = (await buildInclusion(nodes, index, n)).map((hash) => Buffer.from(hash))
        expect(verifyInclusion(HASHES[index]!, index, n, root, [...proof, Buffer.alloc(32)])).toBe(false)
        if (proof.length === 0) return
        expect(verifyInclusion(HASHES[index]!, index, n, root, proof.slice(1))).toBe(false)
        const hash = proof[at % proof.length]!
        hash[at % 32]! ^= flip
        expect(verifyInclusion(HASHES[index]!, index, n, root, proof)).toBe(false)
      }),
      { numRuns: 200 },
    )
  })

  test("the empty tree is a prefix of every tree, by its own root only", () => {
    const root = rootOf(HASHES.slice(0, 5))
    expect(verifyConsistency(0, rootOf([]), 5, root, [])).toBe(true)
    expect(verifyConsistency(0, root, 5, root, [])).toBe(false)
    expect(verifyConsistency(5, root, 4, root, [])).toBe(false)
  })

  test("hashes of any other length prove nothing, however they compare", () => {
    const none = new Uint8Array(0)
    expect(verifyInclusion(none, 0, 1, none, [])).toBe(false)
    expect(verifyInclusion(HASHES[0]!, 0, 1, HASHES[0]!, [])).toBe(true)
    for (const length of [0, 1, 31, 33, 64]) {
      const odd = new Uint8Array(length)
      expect(verifyInclusion(odd, 0, 1, odd, [])).toBe(false)
      expect(verifyConsistency(3, odd, 3, odd, [])).toBe(false)
      expect(verifyConsistency(0, rootOf([]), 3, odd, [])).toBe(false)
    }
  })

  test("the tree without leaves has one root", () => {
    expect(verifyConsistency(0, rootOf([]), 0, rootOf([]), [])).toBe(true)
    expect(verifyConsistency(0, rootOf([]), 0, HASHES[0]!, [])).toBe(false)
    expect(verifyConsistency(0, HASHES[0]!, 0, HASHES[0]!, [])).toBe(false)
    expect(verifyConsistency(0, HASHES[0]!, 0, rootOf([]), [])).toBe(false)
  })
})
