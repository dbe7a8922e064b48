/** The key of the tests' anchor log, apart from what needs a test's run. */
import { createHash, createPrivateKey } from "node:crypto"
import { keySigner, type LogSigner, type VerifierKey, verifierKey } from "@assay/transparency"

export const signerOf = (name: string): LogSigner => {
  const seed = createHash("sha256").update(name).digest()
  const der = Buffer.concat([Buffer.from("302e020100300506032b657004220420", "hex"), seed])
  return keySigner(createPrivateKey({ key: der, format: "der", type: "pkcs8" }))
}

export const SIGNER: LogSigner = signerOf("the anchor log")
export const KEY_OF_LOG: VerifierKey = verifierKey("plant.example/anchor", SIGNER.publicKey)
