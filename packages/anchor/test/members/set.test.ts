import { leafHash, rootOf, verifyProof } from "@assay/transparency"
import fc from "fast-check"
import { expect, test } from "vitest"
import { MemberSet, memberEntry, setKey } from "../../src/members/set.ts"
import { hex, KEY_OF_LOG, SIGNER } from "../plant.ts"

const KEY = setKey(KEY_OF_LOG, "enrolled")
const did = (n: number): string => `did:key:z${n}`

test("the root is that of RFC 6962 over the entries in the order of their hashes, whatever the order of the devices", () => {
  const dids = [3, 1, 2, 1].map(did)
  const hashes = [1, 2, 3].map((n) => Buffer.from(leafHash(memberEntry(did(n))))).sort(Buffer.compare)
  expect(hex(new MemberSet(dids).root)).toBe(hex(rootOf(hashes)))
  expect(hex(new MemberSet(dids.toReversed()).root)).toBe(hex(rootOf(hashes)))
  expect(new MemberSet([])).toMatchObject({ size: 0 })
})

test("each device of a set is proven under its signed head, and none that is not in it", async () => {
  await fc.assert(
    fc.asyncProperty(fc.integer({ min: 1, max: 600 }), fc.nat(), async (size, pick) => {
      const members = new MemberSet(Array.from({ length: size }, (_, n) => did(n)))
      const note = await members.sign(KEY, SIGNER)
      const device = did(pick % size)
      const proof = (await members.prove(device, note))!
      expect(verifyProof(proof, memberEntry(device), KEY).head).toMatchObject({ size, origin: KEY.name })
      expect(() => verifyProof(proof, memberEntry(did(size)), KEY)).toThrow(/is not leaf/)
      expect(() => verifyProof(proof, memberEntry(device), setKey(KEY_OF_LOG, "revoked"))).toThrow(/not signed by/)
      expect(await members.prove(did(size), note)).toBeNull()
    }),
    { numRuns: 20 },
  )
})

test("a set that is changed again and again is the one that a full build over its order makes", () => {
  const names = fc.uniqueArray(fc.nat(400), { maxLength: 300 })
  fc.assert(
    fc.property(names, fc.array(names, { minLength: 1, maxLength: 6 }), (first, rounds) => {
      const set = new MemberSet(first.map(did))
      let before = new Set(first.map(did))
      for (const round of rounds) {
        const wanted = new Set(round.map(did))
        const { added, removed } = set.update(round.map(did))
        expect(added).toBe([...wanted].filter((name) => !before.has(name)).length)
        expect(new Set(removed)).toEqual(new Set([...before].filter((name) => !wanted.has(name))))
        expect(new Set(set.members)).toEqual(wanted)
        expect(hex(set.root)).toBe(hex(rootOf(set.members.map((name) => leafHash(memberEntry(name))))))
        expect(hex(MemberSet.inOrder(set.members).root)).toBe(hex(set.root))
        before = wanted
      }
    }),
    { numRuns: 20 },
  )
})

test("every member of a changed set is proven", async () => {
  const set = new MemberSet(Array.from({ length: 90 }, (_, n) => did(n)))
  set.update(Array.from({ length: 70 }, (_, n) => did(2 * n)))
  const note = await set.sign(KEY, SIGNER)
  for (const member of set.members)
    expect(verifyProof((await set.prove(member, note))!, memberEntry(member), KEY)).toBeDefined()
  expect(await set.prove(did(1), note)).toBeNull()
})

test("a change costs the ways from what changed to the root, and no order of coming can be read from the places", () => {
  const size = 3_000
  const members = Array.from({ length: size }, (_, n) => did(n))
  const set = new MemberSet(members)
  const same = hex(set.root)
  const before = set.hashed
  expect(set.update(members)).toEqual({ added: 0, removed: [] })
  expect(hex(set.root)).toBe(same)
  expect(set.hashed - before).toBeLessThan(12)
  set.update([...members.slice(10), ...Array.from({ length: 10 }, (_, n) => did(size + n))])
  expect(hex(set.root)).not.toBe(same)
  // Ten went and ten came: two leaves each, 12 levels above them, and the right edge at each look at the root.
  expect(set.hashed - before).toBeLessThan(10 * 2 * 2 * 12 + 60)
  const late = Array.from({ length: 10 }, (_, n) => set.members.indexOf(did(size + n)))
  expect(Math.min(...late)).toBeLessThan(size - 10)
  expect(new Set(late).size).toBe(10)
})
