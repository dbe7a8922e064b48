/** Which key a reference opens, and under which DID it signs. */
import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { generateKey, openKey, withKey, writeKey } from "../src/keys.ts"

const WEB = "did:web:acme.example"
let dir = ""
let own = ""
const file = (): string => join(dir, "issuer=1.json")

beforeAll(() => {
  dir = mkdtempSync(join(tmpdir(), "assay-keys-"))
  own = writeKey(file(), generateKey("Ed25519"), "key")
})
afterAll(() => rmSync(dir, { recursive: true, force: true }))

const named = (reference: string) => withKey(reference, async ({ did, kid }) => ({ did, kid }))

describe("a reference to a key", () => {
  it("speaks for the key's own DID", async () => {
    expect(await named(file())).toEqual({ did: own, kid: `${own}#${own.slice("did:key:".length)}` })
  })

  it("speaks for a DID in whose document the key stands, where that is written before it", async () => {
    expect(await named(`${WEB}#key-1=${file()}`)).toEqual({ did: WEB, kid: `${WEB}#key-1` })
    const webvh = "did:webvh:QmdmPkUdYzbr9txmx8gM2rsHPgr5L6m3gHjJGAf4vUFoGE:id.example.com"
    expect(await named(`${webvh}#one=${file()}`)).toMatchObject({ did: webvh })
  })

  it.each([
    ["its key has no name", () => `did:web:acme.example#=${file()}`, "is named DID#NAME=KEY"],
    ["it names no key of the document", () => `did:web:acme.example=${file()}`, "is named DID#NAME=KEY"],
    ["its DID is a key", () => `${own}#one=${file()}`, "it has no document"],
    ["its host is none", () => `did:web:localhost#one=${file()}`, "is no host name"],
  ])("is refused where %s", async (_, reference, message) => {
    await expect(openKey(reference())).rejects.toThrow(message)
  })
})
