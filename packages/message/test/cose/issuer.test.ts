/** Keys whose did:key is remembered in one place never answer for each other. */
import { encodeDidKey } from "@assay/did"
import { expect, it } from "vitest"
import { issuerOf } from "../../src/cose/issuer.ts"

/** Bytes that are no key's here: nothing looks at whether they are a point. */
const kidOf = (prefix: string, length: number, change: (bytes: Buffer) => void): Buffer => {
  const key = Buffer.alloc(length, 7)
  if (prefix === "8024") key[0] = 2
  change(key)
  return Buffer.concat([Buffer.from(prefix, "hex"), key])
}
const CLAIMS = new Map()

it("gives each key its own did:key, whichever was remembered in its place before", () => {
  // All have the same bytes in the middle, by which the place is found; they differ in one bit at an end, or in the kind of key.
  const kids = [
    kidOf("ed01", 32, () => undefined),
    kidOf("ed01", 32, (key) => key.writeUInt8(6, 31)),
    kidOf("ed01", 32, (key) => key.writeUInt8(6, 0)),
    kidOf("8024", 33, () => undefined),
    kidOf("8024", 33, (key) => key.writeUInt8(6, 32)),
  ]
  for (const round of [0, 1, 2])
    for (const kid of round === 1 ? kids.toReversed() : [...kids, ...kids]) {
      const did = encodeDidKey({ alg: kid[0] === 0xed ? "Ed25519" : "ES256", publicKey: kid.subarray(2) })
      expect(issuerOf(kid, CLAIMS)).toEqual({ iss: did, kid: `${did}#${did.slice("did:key:".length)}` })
    }
})

it("keeps what it remembers when the bytes that it was read from are used for another message", () => {
  const kid = kidOf("ed01", 32, () => undefined)
  const first = issuerOf(kid, CLAIMS)
  kid.writeUInt8(9, 33)
  expect(issuerOf(kid, CLAIMS)).not.toEqual(first)
  kid.writeUInt8(7, 33)
  expect(issuerOf(kid, CLAIMS)).toEqual(first)
})
