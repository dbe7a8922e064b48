/** What the key of the DID signs in the TPM: a compact JWS, or whatever else is made with a signer. */
import { writeFileSync } from "node:fs"
import { readFile, rm } from "node:fs/promises"
import { join } from "node:path"
import { encodeBase64url, resolveDeviceKey } from "@assay/did"
import type { RemoteKey } from "@assay/jose"
import { UsageError } from "../command.ts"
import { HANDLES } from "./keys.ts"
import { tpm2 } from "./tools.ts"

/** TPMT_SIGNATURE of ECDSA with SHA-256: r and s, each with its length. */
const rawSignature = (bytes: Buffer): Buffer => {
  const size = bytes.readUInt16BE(4)
  const [r, s] = [bytes.subarray(6, 6 + size), bytes.subarray(8 + size)]
  return Buffer.concat([Buffer.alloc(32 - r.length), r, Buffer.alloc(32 - s.length), s])
}

/** The key of the DID, which signs in the TPM. @param dir for what goes in and comes out of it. Rejects with UsageError where it does not sign */
export const tpmKey = (dir: string): Pick<RemoteKey, "alg" | "sign"> => ({
  alg: "ES256",
  sign: async (input) => {
    const [from, to] = [join(dir, "signing-input"), join(dir, "signature")]
    writeFileSync(from, input)
    try {
      await tpm2(dir, "sign", "-c", HANDLES.key, "-g", "sha256", "-s", "ecdsa", "-o", to, from)
      return rawSignature(await readFile(to))
    } finally {
      await Promise.all([from, to].map((path) => rm(path, { force: true })))
    }
  },
})

/** @throws UsageError */
export const kidOf = (did: string): string => {
  const key = resolveDeviceKey(did)
  if ("reason" in key) throw new UsageError(`${did}: ${key.detail}`)
  return key.kid
}

/** @param payload the JSON text. @throws UsageError where the TPM does not sign */
export const signInTpm = async (dir: string, did: string, typ: string, payload: Uint8Array): Promise<string> => {
  const header = encodeBase64url(Buffer.from(JSON.stringify({ alg: "ES256", kid: kidOf(did), typ })))
  const input = `${header}.${encodeBase64url(payload)}`
  return `${input}.${encodeBase64url(await tpmKey(dir).sign(Buffer.from(input)))}`
}
