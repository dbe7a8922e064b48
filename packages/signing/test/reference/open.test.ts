import { execFileSync } from "node:child_process"
import { generateKeyPairSync } from "node:crypto"
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterAll, expect, it } from "vitest"
import { checkKeyReference, openSigner, signerOfKey } from "../../src/index.ts"

const dir = mkdtempSync(join(tmpdir(), "assay-signing-"))
afterAll(() => rmSync(dir, { recursive: true, force: true }))

const { privateKey: key } = generateKeyPairSync("ed25519")
const path = join(dir, "key.json")
writeFileSync(path, JSON.stringify({ did: signerOfKey(key).did, jwk: key.export({ format: "jwk" }) }))

it.each(["", "file:", "file://"])("a file is named with %j before its path", async (before) => {
  const signer = await openSigner(`${before}${path}`)
  expect(signer.did).toBe(signerOfKey(key).did)
  expect(await signer.sign(Buffer.from("x"))).toEqual(await signerOfKey(key).sign(Buffer.from("x")))
  await signer.close()
})

it("a lone dash is standard input, which can be read once", () => {
  const open = `import { openSigner } from ${JSON.stringify(new URL("../../src/index.ts", import.meta.url).href)}
    console.log((await openSigner("-")).did)`
  const did = execFileSync(process.execPath, ["--input-type=module", "--eval", open], { input: readFileSync(path) })
  expect(did.toString().trim()).toBe(signerOfKey(key).did)
})

it.each([
  ["", "a key is referred to by"],
  ["http://127.0.0.1/key#token-file=/t", "over https: alone"],
  ["pkcs11:object=a", "name the library"],
  [join(dir, "none.json"), "is no key file"],
])("%j is refused before anything is opened: %s", (reference, says) => {
  expect(() => checkKeyReference(reference)).toThrow(says)
})

it("what a reference names is not asked for by the check alone", () => {
  checkKeyReference("pkcs11:token=none;object=a?module-path=/no/such.so")
  checkKeyReference("https://kms.invalid/key#token-file=/no/such")
})
