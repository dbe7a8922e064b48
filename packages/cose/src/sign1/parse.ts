/**
 * COSE_Sign1 (RFC 9052 section 4.2), tagged, strict: deterministic CBOR, the headers `alg` (1), `kid` (4) and `typ` (16, RFC
 * 9596) protected and no other, nothing unprotected, the payload inside. Nothing in it chooses a key or changes how it is
 * read (RFC 9052 section 3.1: `crit`, x5chain, countersignatures are refused as unknown).
 */
import type { Algorithm } from "@assay/did"
import { type CborRules, decodeCbor, isCborFailure } from "../cbor/decode.ts"
import { type Cbor, isArray, isBytes, isMap } from "../cbor/value.ts"

/** The tag of a COSE_Sign1: the first byte of every such message, and of no other format. */
export const SIGN1_TAG = 0xd2
/** The largest message read at all: as large as a token may be. */
export const MAX_SIGN1_BYTES = 256 * 1024
const MAX_KID_BYTES = 2048

const ALG = 1
const KID = 4
const TYP = 16
const CONTENT_TYPE = 3

/** RFC 9864's fully specified ones are emitted; the older `EdDSA` and `ES256` are read as what they mean here. */
const ALGS = new Map<Cbor | undefined, Algorithm>([
  [-19, "Ed25519"],
  [-8, "Ed25519"],
  [-9, "ES256"],
  [-7, "ES256"],
])

export interface Sign1 {
  readonly alg: Algorithm
  /** As it stands: whose key it is, is for the reader to say. */
  readonly kid: Uint8Array
  readonly typ: string
  readonly payload: Uint8Array
  /** Sig_structure (section 4.4): what the signature covers. */
  readonly signingInput: Uint8Array
  /** 64 bytes. */
  readonly signature: Uint8Array
}

export type Sign1Reason = "too_large" | "malformed_cose" | "header_refused" | "alg_refused" | "typ_refused"
export interface Sign1Failure {
  readonly reason: Sign1Reason
  readonly detail: string
}

const fail = (reason: Sign1Reason, detail: string): Sign1Failure => ({ reason, detail })

export interface Sign1Rules {
  /** Bytes of a message at most. Default: 256 KiB */
  readonly maximum?: number
  /**
   * For what others make: lengths and order of CBOR are free (the signature covers the bytes as they are), `kid` may stand
   * unprotected, since it only names a key that the reader knows already, and a content type may stand beside `typ`. Default: false
   */
  readonly isForeign?: boolean
}

/** The parts of a message, not verified yet, or the first thing wrong with it. Never throws. @param typs that may be here */
export const parseSign1 = (
  message: Uint8Array,
  typs: ReadonlyArray<string>,
  { maximum = MAX_SIGN1_BYTES, isForeign = false }: Sign1Rules = {},
): Sign1 | Sign1Failure => {
  if (message.length > maximum) return fail("too_large", `larger than ${maximum} bytes`)
  const rules: CborRules = isForeign ? "definite" : "deterministic"
  if (message[0] !== SIGN1_TAG) return fail("malformed_cose", "it does not begin with the tag of a COSE_Sign1 (d2)")
  const parts = decodeCbor(message.subarray(1), rules)
  if (isCborFailure(parts)) return fail("malformed_cose", `behind the tag: ${parts.detail}`)
  if (!isArray(parts) || parts.length !== 4) return fail("malformed_cose", "it is not an array of four")
  const [header, unprotected, payload, signature] = parts
  if (!isBytes(header)) return fail("malformed_cose", "the protected header is no byte string")
  if (!isMap(unprotected)) return fail("malformed_cose", "the unprotected header is no map")
  const loose = isForeign ? unprotected.get(KID) : undefined
  if (unprotected.size > (loose === undefined ? 0 : 1))
    return fail(
      "header_refused",
      isForeign ? "an unprotected header beside kid" : "there is an unprotected header: alg, kid and typ are protected",
    )
  if (!isBytes(payload)) return fail("malformed_cose", "the payload is no byte string")
  if (!isBytes(signature)) return fail("malformed_cose", "the signature is no byte string")
  if (signature.length !== 64) return fail("malformed_cose", "the signature does not have 64 bytes")
  const named = readHeader(header, typs, isForeign, loose)
  return "reason" in named ? named : { ...named, payload, signingInput: signingInputOf(header, payload), signature }
}

const readHeader = (
  bytes: Uint8Array,
  typs: ReadonlyArray<string>,
  isForeign: boolean,
  loose: Cbor | undefined,
): Pick<Sign1, "alg" | "kid" | "typ"> | Sign1Failure => {
  const header = decodeCbor(bytes, isForeign ? "definite" : "deterministic")
  if (isCborFailure(header)) return fail("malformed_cose", `protected header: ${header.detail}`)
  if (!isMap(header)) return fail("malformed_cose", "the protected header is no map")
  for (const label of header.keys())
    if (label !== ALG && label !== KID && label !== TYP && !(isForeign && label === CONTENT_TYPE))
      return fail("header_refused", `the header carries ${JSON.stringify(label).slice(0, 64)}`)
  const alg = ALGS.get(header.get(ALG))
  if (alg === undefined) return fail("alg_refused", "alg is none of -19 (Ed25519), -8 (EdDSA), -9 (ESP256), -7 (ES256)")
  const typ = header.get(TYP)
  if (typeof typ !== "string" || !typs.includes(typ)) return fail("typ_refused", `typ is none of ${typs.join(", ")}`)
  if (loose !== undefined && header.has(KID)) return fail("header_refused", "kid stands there twice")
  const kid = loose ?? header.get(KID)
  if (!isBytes(kid) || kid.length === 0 || kid.length > MAX_KID_BYTES)
    return fail("header_refused", "kid is missing or too long")
  return { alg, kid, typ }
}

/** `["Signature1", protected, h'', payload]`: the array and its first text, and the empty external data. */
const CONTEXT = Buffer.from("846a5369676e617475726531", "hex")

const headSize = (length: number): number => (length < 24 ? 1 : length < 0x100 ? 2 : length < 0x1_0000 ? 3 : 5)

/** Writes bytes with their head into `to`. Returns where they end. */
const putBytes = (to: Buffer, start: number, bytes: Uint8Array): number => {
  const { length } = bytes
  let at = start
  if (length < 24) to[at++] = 0x40 | length
  else if (length < 0x100) {
    to[at++] = 0x58
    to[at++] = length
  } else if (length < 0x1_0000) {
    to[at++] = 0x59
    at = to.writeUInt16BE(length, at)
  } else {
    to[at++] = 0x5a
    at = to.writeUInt32BE(length, at)
  }
  to.set(bytes, at)
  return at + length
}

/** Sig_structure (RFC 9052 section 4.4) without external data. Each message has one made: it is written into one buffer. */
export const signingInputOf = (header: Uint8Array, payload: Uint8Array): Buffer => {
  const size = CONTEXT.length + headSize(header.length) + header.length + 1 + headSize(payload.length) + payload.length
  const input = Buffer.allocUnsafe(size)
  input.set(CONTEXT)
  const at = putBytes(input, CONTEXT.length, header)
  input[at] = 0x40
  putBytes(input, at + 1, payload)
  return input
}
