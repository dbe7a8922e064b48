import fc from "fast-check"
import { keccak256, stringToHex, toHex } from "viem"
import { expect, test } from "vitest"
import { receiptKey } from "../../../src/evm/proof/block.ts"
import { buildTrie, valueInTrie } from "../../../src/evm/proof/trie.ts"

/** From Ethereum's own test suite (trieanyorder.json, "dogs"). */
const DOGS = ["do:verb", "dog:puppy", "doge:coin", "horse:stallion"].map((pair) => {
  const [key, value] = pair.split(":")
  return { key: stringToHex(key!), value: stringToHex(value!) }
})

test("the root is the published one, and each value is proven under it", () => {
  for (const { key, value } of DOGS) {
    const { root, proof } = buildTrie(DOGS, key)
    expect(root).toBe("0x5991bb8c6514148a29db676a14ac506cd2cd5775ace63c30a4fe457715e9ac84")
    expect(valueInTrie(root, key, proof)).toBe(value)
  }
})

test("another key, another root, a changed or a further node prove nothing", () => {
  const { root, proof } = buildTrie(DOGS, stringToHex("dog"))
  expect(valueInTrie(root, stringToHex("dot"), proof)).toBeNull()
  expect(valueInTrie(root, stringToHex("dogx"), proof)).toBeNull()
  expect(valueInTrie(keccak256("0x00"), stringToHex("dog"), proof)).toBeNull()
  expect(valueInTrie(root, stringToHex("dog"), [...proof, proof[0]!])).toBeNull()
  expect(valueInTrie(root, stringToHex("dog"), proof.slice(0, -1))).toBeNull()
})

test("blocks of any number of receipts: every receipt is proven, and its neighbour's key proves no other value", () => {
  const sizes = fc.integer({ min: 1, max: 300 }).chain((count) => fc.tuple(fc.constant(count), fc.nat(count - 1)))
  fc.assert(
    fc.property(sizes, fc.integer({ min: 1, max: 90 }), ([count, at], length) => {
      const items = Array.from({ length: count }, (_, i) => ({
        key: receiptKey(i),
        value: toHex(new Uint8Array(length).fill(1 + (i % 255))),
      }))
      const { root, proof } = buildTrie(items, receiptKey(at))
      expect(valueInTrie(root, receiptKey(at), proof)).toBe(items[at]!.value)
      const other = valueInTrie(root, receiptKey(at + 1), proof)
      expect(other === null || other === items[at + 1]?.value).toBe(true)
    }),
    { numRuns: 40 },
  )
})
