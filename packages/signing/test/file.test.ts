import { generateKeyPairSync } from "node:crypto"
import { mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { encodeDidJwk, publicKeyOf } from "@assay/did"
import { afterAll, expect, it } from "vitest"
import { openSigner, signerOfKey } from "../src/index.ts"

const dir = mkdtempSync(join(tmpdir(), "assay-signing-"))
afterAll(() => rmSync(dir, { recursive: true, force: true }))

const { privateKey: key } = generateKeyPairSync("ec", { namedCurve: "P-256" })
const jwk = key.export({ format: "jwk" })
const file = (content: unknown): string => {
  const path = join(dir, "key.json")
  writeFileSync(path, typeof content === "string" ? content : JSON.stringify(content))
  return path
}

it("is read with the DID that the file names", async () => {
  const did = encodeDidJwk(publicKeyOf(key))
  const signer = await openSigner(file({ did, jwk }))
  expect([signer.did, signer.alg]).toEqual([did, "ES256"])
  expect(await signer.sign(Buffer.from("x"))).toEqual(await signerOfKey(key).sign(Buffer.from("x")))
})

it.each([
  ["no JSON", "{", "is no key file"],
  ["no key", { did: "did:key:z", jwk: {} }, "is no key file"],
  [
    "another key's DID",
    { did: signerOfKey(generateKeyPairSync("ed25519").privateKey).did, jwk },
    "the key is not the one",
  ],
])("%s is refused, with the file's name", async (_, content, text) => {
  await expect(openSigner(file(content))).rejects.toThrow(text)
})

it("a private key in PEM is read too", async () => {
  const path = join(dir, "key.pem")
  writeFileSync(path, key.export({ format: "pem", type: "pkcs8" }))
  expect((await openSigner(path)).did).toBe(signerOfKey(key).did)
})

it("a file that is not there is refused, with its name", async () => {
  await expect(openSigner(join(dir, "nothing"))).rejects.toThrow("nothing is no key file")
})
