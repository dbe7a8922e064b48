/** The file of pinned roots: what is refused, and what the message says to change. */
import { generateKeyPairSync } from "node:crypto"
import { mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { encodeDidJwk, encodeDidKey, publicKeyOf } from "@assay/did"
import { afterAll, describe, expect, it } from "vitest"
import { readRoots } from "../src/roots.ts"

const dir = mkdtempSync(join(tmpdir(), "assay-roots-"))
afterAll(() => rmSync(dir, { recursive: true }))

const [one, two] = [0, 1].map(() => publicKeyOf(generateKeyPairSync("ed25519").publicKey)) as [
  ReturnType<typeof publicKeyOf>,
  ReturnType<typeof publicKeyOf>,
]
const path = join(dir, "roots.json")
const reading = (roots: unknown, threshold: unknown) => () => {
  writeFileSync(path, JSON.stringify({ roots, threshold }))
  return readRoots(path, null)
}

describe("the pinned roots", () => {
  it("are read where each key is named once", () => {
    const roots = [encodeDidKey(one), encodeDidJwk(two)]
    expect(reading(roots, 2)()).toEqual({ roots, threshold: 2 })
  })

  it.each([
    ["the same DID", [encodeDidKey(one), encodeDidKey(one)]],
    ["another DID of it", [encodeDidKey(one), encodeDidJwk(one)]],
  ])("must not name a key twice: %s", (_, roots) => {
    for (const threshold of [1, 2])
      expect(reading(roots, threshold)).toThrow(/is the key of .* name each key by one DID/)
  })

  it.each([
    ["no list", "did:key:z6Mk", 1, '"roots" must be a list'],
    ["no root", [], 1, '"roots" must be a list'],
    ["a root that names no key", ["did:web:plant.example"], 1, "cannot be used"],
    ["a threshold above the roots", [encodeDidKey(one)], 2, "from 1 to 1"],
    ["a threshold of none", [encodeDidKey(one)], 0, "from 1 to 1"],
  ])("must not hold %s", (_, roots, threshold, message) => {
    expect(reading(roots, threshold)).toThrow(message)
  })
})
