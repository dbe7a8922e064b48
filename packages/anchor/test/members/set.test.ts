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
