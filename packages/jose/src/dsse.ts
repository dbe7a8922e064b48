/**
 * DSSE v1 envelopes: `{"payload": base64, "payloadType", "signatures": [{"keyid", "sig": base64}]}`. What is signed is
 * the pre-authentication encoding `DSSEv1 SP len(type) SP type SP len(body) SP body`, so a type can never be swapped.
 * Here `keyid` is the signer's DID and all base64 is standard, padded and canonical. Strict where DSSE is lenient: an
 * unknown member, a repeated signer (one key, by whatever DID) or a signature that does not verify makes the envelope malformed or forged.
 */
import type { KeyObject } from "node:crypto"
import { keyIdOfResolved, repeatedKeys, resolveDeviceKey } from "@assay/did"
import { isObject, type Json, type JsonObject, parseStrictObject } from "./json/strict.ts"
import type { RemoteKey } from "./remote-key.ts"
import { signRaw } from "./sign.ts"
import { VALID, verifyNow } from "./verify/in-thread.ts"

export interface DsseSigner {
  readonly did: string
  /** Private Ed25519 or P-256 key of the DID. */
  readonly key: KeyObject
}

/** `malformed`: not such an envelope; `type`: of another payload type; `signature`: a root's signature is forged; `threshold`: too few roots signed. */
export type DsseReason = "malformed" | "type" | "signature" | "threshold"
export type DsseResult =
  | { readonly payload: Uint8Array; readonly signers: string[] }
  | { readonly reason: DsseReason; readonly detail: string }

/** Whose signatures count, as DIDs, and how many of them an envelope needs. */
export interface DsseTrust {
  readonly roots: ReadonlyArray<string>
  readonly threshold: number
}

/** Larger than any bundle or policy should be; knowledge is read by every stage. */
export const MAX_ENVELOPE_BYTES = 16 * 1024 * 1024
const MAX_SIGNATURES = 32

/** The pre-authentication encoding, version 1. */
export const pae = (payloadType: string, payload: Uint8Array): Buffer => {
  const type = Buffer.from(payloadType, "utf8")
  return Buffer.concat([Buffer.from(`DSSEv1 ${type.length} `), type, Buffer.from(` ${payload.length} `), payload])
}

/** An envelope signed by every signer, as JSON bytes. Deterministic. Throws TypeError where a key is not the DID's. */
export const dsseSign = (payloadType: string, payload: Uint8Array, signers: ReadonlyArray<DsseSigner>): Uint8Array => {
  const input = pae(payloadType, payload)
  const signatures = signers.map(({ did, key }) => {
    const named = resolveDeviceKey(did)
    if ("reason" in named) throw new TypeError(`${did}: ${named.detail}`)
    const signature = signRaw(key, input)
    if (verifyNow(named, input, signature) !== VALID) throw new TypeError(`the key is not the one of ${did}`)
    return { keyid: did, sig: signature.toString("base64") }
  })
  return envelopeOf(payloadType, payload, signatures)
}

/** The same by keys that are elsewhere, in order. @throws TypeError where a key is not the DID's; what a signer throws */
export const dsseSignWith = async (
  payloadType: string,
  payload: Uint8Array,
  signers: ReadonlyArray<RemoteKey>,
): Promise<Uint8Array> => {
  const input = pae(payloadType, payload)
  const signatures: Array<{ readonly keyid: string; readonly sig: string }> = []
  for (const signer of signers) {
    const named = resolveDeviceKey(signer.did)
    if ("reason" in named) throw new TypeError(`${signer.did}: ${named.detail}`)
    const signature = await signer.sign(input)
    if (verifyNow(named, input, signature) !== VALID) throw new TypeError(`the key is not the one of ${signer.did}`)
    signatures.push({ keyid: signer.did, sig: Buffer.from(signature).toString("base64") })
  }
  return envelopeOf(payloadType, payload, signatures)
}

const envelopeOf = (
  payloadType: string,
  payload: Uint8Array,
  signatures: ReadonlyArray<{ readonly keyid: string; readonly sig: string }>,
): Uint8Array => {
  const body = Buffer.from(payload.buffer, payload.byteOffset, payload.byteLength).toString("base64")
  return Buffer.from(JSON.stringify({ payload: body, payloadType, signatures }))
}

/**
 * Checks an envelope against pinned roots: at least `threshold` of their keys signed it. One key counts once, also where the
 * roots name it by two DIDs. Signatures of DIDs that are no
 * roots are left aside, so that both an old and a new root set accept an envelope during a rotation. Never throws.
 */
export const dsseVerify = (envelope: Uint8Array, payloadType: string, roots: DsseTrust): DsseResult => {
  const read = readEnvelope(envelope)
  if ("reason" in read) return read
  if (read.payloadType !== payloadType) return fail("type", `found ${JSON.stringify(read.payloadType.slice(0, 128))}`)
  const input = pae(payloadType, read.payload)
  const trusted = new Set(roots.roots)
  const signers: string[] = []
  const keys = new Set<string>()
  for (const { keyid, sig } of read.signatures) {
    if (!trusted.has(keyid)) continue
    const key = resolveDeviceKey(keyid)
    if ("reason" in key || verifyNow(key, input, sig) !== VALID)
      return fail("signature", `does not verify for ${keyid}`)
    signers.push(keyid)
    keys.add(keyIdOfResolved(key))
  }
  // A threshold below one would accept anything; a configuration mistake must not let everything in.
  const needed = Number.isSafeInteger(roots.threshold) ? Math.max(1, roots.threshold) : Number.POSITIVE_INFINITY
  return keys.size >= needed
    ? { payload: read.payload, signers }
    : fail("threshold", `${keys.size} of ${needed} roots signed`)
}

const fail = (reason: DsseReason, detail: string): { readonly reason: DsseReason; readonly detail: string } => ({
  reason,
  detail,
})

/** The payload of an envelope whose signatures are checked elsewhere, or count for nothing here; null where there is none to be read. */
export const dssePayload = (envelope: Uint8Array): Uint8Array | null => {
  const read = parseStrictObject(envelope)
  const payload = "reason" in read ? undefined : read.value["payload"]
  return typeof payload === "string" ? Buffer.from(payload, "base64") : null
}

interface Envelope {
  readonly payload: Uint8Array
  readonly payloadType: string
  readonly signatures: ReadonlyArray<{ readonly keyid: string; readonly sig: Uint8Array }>
}

const readEnvelope = (bytes: Uint8Array): Envelope | ReturnType<typeof fail> => {
  if (bytes.length > MAX_ENVELOPE_BYTES) return fail("malformed", `larger than ${MAX_ENVELOPE_BYTES} bytes`)
  const parsed = parseStrictObject(bytes)
  if ("reason" in parsed) return fail("malformed", parsed.detail)
  const { payload, payloadType, signatures } = parsed.value
  if (!hasExactly(parsed.value, ["payload", "payloadType", "signatures"])) return fail("malformed", "other members")
  const body = decodeBase64(payload)
  if (body === null) return fail("malformed", "payload is not canonical base64")
  if (typeof payloadType !== "string") return fail("malformed", "payloadType is not a string")
  if (!Array.isArray(signatures) || signatures.length > MAX_SIGNATURES)
    return fail("malformed", `signatures is not an array of at most ${MAX_SIGNATURES}`)
  const found: Array<{ keyid: string; sig: Uint8Array }> = []
  for (const entry of signatures as ReadonlyArray<Json>) {
    if (!isObject(entry) || !hasExactly(entry, ["keyid", "sig"]))
      return fail("malformed", "a signature is not {keyid, sig}")
    const { keyid } = entry
    const sig = decodeBase64(entry.sig)
    if (typeof keyid !== "string" || sig === null) return fail("malformed", "a signature is not {keyid, sig}")
    found.push({ keyid, sig })
  }
  const [again] = repeatedKeys(found.map(({ keyid }) => keyid))
  if (again !== undefined) return fail("malformed", `the key of ${found[again.at]!.keyid} signed twice`)
  return { payload: body, payloadType, signatures: found }
}

const hasExactly = (object: JsonObject, members: ReadonlyArray<string>): boolean => {
  const found = Object.keys(object)
  return found.length === members.length && members.every((member) => Object.hasOwn(object, member))
}

const decodeBase64 = (text: Json | undefined): Buffer | null => {
  if (typeof text !== "string") return null
  const bytes = Buffer.from(text, "base64")
  return bytes.toString("base64") === text ? bytes : null
}
