/**
 * Quotes and certified keys. The algorithms are those of the caller, never what the evidence names: a TPM can be asked to sign
 * with SHA-1. Pure; nothing here says whose TPM it is, which is for the chain of its endorsement key to say.
 */
import { hash, verify } from "node:crypto"
import { MalformedError } from "../malformed.ts"
import { type Refused, refuse } from "../reason.ts"
import { type Certification, type Quote, readAttest } from "./attest.ts"
import { ALG, isAttestationKey, type PublicArea, readPublicArea } from "./public-area.ts"
import { TpmReader } from "./reader.ts"

export interface Signed {
  /** TPMS_ATTEST. */
  readonly attest: Uint8Array
  /** TPMT_SIGNATURE. */
  readonly signature: Uint8Array
  /** Read once for many quotes: importing a key costs more than a signature. */
  readonly attestationKey: PublicArea
  /** What the TPM was asked to sign along; null: that does not count. */
  readonly nonce: Uint8Array | null
}

const isEqual = (a: Uint8Array, b: Uint8Array): boolean => Buffer.compare(a, b) === 0

/** An INTEGER of DER: no leading zeros, and one before a first bit of 1. */
const integer = (bytes: Uint8Array): Uint8Array => {
  const first = bytes.findIndex((byte) => byte > 0)
  const body = bytes.subarray(first < 0 ? bytes.length : first)
  const padding = body.length === 0 || body[0]! > 0x7f ? [0] : []
  return Uint8Array.from([0x02, padding.length + body.length, ...padding, ...body])
}

/**
 * As node:crypto takes it at the least cost: DER for ECDSA, as it is for RSASSA. Null: another algorithm than SHA-256 with this
 * key's.
 */
const readSignature = (bytes: Uint8Array, { kind }: PublicArea): Uint8Array | null => {
  const from = new TpmReader(bytes)
  const scheme = from.u16()
  const hash = from.u16()
  if (hash !== ALG.sha256 || scheme !== (kind === "ES256" ? ALG.ecdsa : ALG.rsassa)) return null
  const parts = kind === "ES256" ? [from.sized(), from.sized()] : [from.sized()]
  from.end()
  if (kind === "RS256") return parts[0]!
  if (parts.some(({ length }) => length > 32))
    throw new MalformedError("a number of more than 32 bytes in the signature")
  const body = Buffer.concat(parts.map(integer))
  return Buffer.concat([Uint8Array.of(0x30, body.length), body])
}

const opened = ({ attest, signature, attestationKey: key, nonce }: Signed): Quote | Certification | Refused => {
  if (!isAttestationKey(key)) return refuse("tpm.key_refused", "the key is not restricted to what its TPM makes")
  const raw = readSignature(signature, key)
  if (raw === null) return refuse("tpm.algorithm_refused", "not SHA-256 with the algorithm of the key")
  const holds = verify("sha256", attest, key.key, raw)
  if (!holds) return refuse("tpm.signature_invalid", "does not verify under the attestation key")
  const found = readAttest(attest)
  return nonce === null || isEqual(found.extraData, nonce)
    ? found
    : refuse("tpm.nonce_mismatch", "signed for another challenge")
}

const guarded = <Found>(work: () => Found | Refused): Found | Refused => {
  try {
    return work()
  } catch (cause) {
    if (cause instanceof MalformedError) return refuse("tpm.malformed", cause.message)
    throw cause
  }
}

/** The key of a TPMT_PUBLIC. */
export const openPublicArea = (bytes: Uint8Array): PublicArea | Refused => guarded(() => readPublicArea(bytes))

/**
 * A quote over the values of PCRs.
 * @param pcrs SHA-256 values by index: all that the quote must cover, and no others
 */
export const verifyQuote = (evidence: Signed, pcrs: ReadonlyMap<number, Uint8Array>): Quote | Refused =>
  guarded(() => {
    const found = opened(evidence)
    if ("reason" in found) return found
    if (found.kind !== "quote") return refuse("tpm.malformed", "no quote")
    const [selection, ...more] = found.selections
    const wanted = [...pcrs.keys()].sort((a, b) => a - b)
    if (selection?.algorithm !== ALG.sha256 || more.length > 0 || selection.indices.join() !== wanted.join())
      return refuse("tpm.pcr_refused", `it does not cover the SHA-256 PCRs ${wanted.join(", ")}, and no others`)
    const values = Buffer.concat(wanted.map((index) => pcrs.get(index)!))
    return isEqual(hash("sha256", values, "buffer"), found.pcrDigest)
      ? found
      : refuse("tpm.pcr_mismatch", "the values are not those that the TPM has signed")
  })

/**
 * A certification that a key lies in the same TPM as the attestation key, was made there, cannot leave it, and signs. It need not be
 * of now: what cannot leave the TPM has not left it since.
 * @param certified TPMT_PUBLIC of that key
 */
export const verifyCertification = (evidence: Signed, certified: Uint8Array): PublicArea | Refused =>
  guarded(() => {
    const found = opened(evidence)
    if ("reason" in found) return found
    if (found.kind !== "certify") return refuse("tpm.malformed", "no certification")
    const key = readPublicArea(certified)
    if (!isEqual(found.name, key.name)) return refuse("tpm.name_mismatch", "another key was certified")
    const isBound = (["fixedTpm", "fixedParent", "sensitiveDataOrigin", "sign"] as const).every((one) => key.has(one))
    return isBound ? key : refuse("tpm.key_refused", "the key may leave the TPM, was not made there, or does not sign")
  })
