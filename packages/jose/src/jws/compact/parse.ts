/**
 * JWS Compact Serialization (RFC 7515 section 7.1), strict: `header.payload.signature` in ASCII, canonical base64url,
 * strict JSON, and a protected header of `alg`, `kid`, `typ` and at most `cty`, which only names what the payload is (section
 * 4.1.10). Everything that lets a token choose its own key or change how it is read (`jwk jku x5c x5u crit b64 zip`) is
 * refused, as is anything unknown (RFC 8725). One line end behind the token is no part of it.
 */
import type { Algorithm } from "@assay/did"
import { decodeBase64urlIn } from "../../base64url.ts"
import { OBJECT, PlainReader } from "../../json/plain.ts"
import { type Json, parseStrictObject } from "../../json/strict.ts"

/** The largest token read at all. */
export const MAX_TOKEN_BYTES = 256 * 1024
const MAX_HEADER_CHARS = 8 * 1024
const MAX_KID_CHARS = 2048
const MAX_CTY_CHARS = 128

/** The protected header. `EdDSA` (deprecated by RFC 9864) is read as what it means here, `Ed25519`. */
export interface JwsHeader {
  readonly alg: Algorithm
  readonly kid: string
  readonly typ: string
}

export interface CompactJws {
  readonly header: JwsHeader
  /** The payload's bytes. */
  readonly payload: Uint8Array
  /** What the signature covers: a view of the token up to its second dot. */
  readonly signingInput: Uint8Array
  /** 64 bytes. */
  readonly signature: Uint8Array
}

export type JwsReason = "too_large" | "malformed_jws" | "header_refused" | "alg_refused" | "typ_refused"
export interface JwsFailure {
  readonly reason: JwsReason
  readonly detail: string
}

export interface ParseOptions {
  /** The types that the verifier expects here; a token of another type is refused (RFC 8725 section 3.11). */
  readonly typ: ReadonlyArray<string>
  /** Whether a token may name no key, where the reader knows it otherwise; its `kid` is "" then. Default: false */
  readonly isKidOptional?: boolean
  /** Bytes of a token at most. Default: MAX_TOKEN_BYTES */
  readonly maximum?: number
}

const ALGS = new Map<string, Algorithm>([
  ["Ed25519", "Ed25519"],
  ["EdDSA", "Ed25519"],
  ["ES256", "ES256"],
])

const fail = (reason: JwsReason, detail: string): JwsFailure => ({ reason, detail })

const DOT = 0x2e
const LINE_FEED = 0x0a
const CARRIAGE_RETURN = 0x0d

/** The parts of a token, not verified yet, or the first thing wrong with it. Never throws. */
export const parseCompact = (token: Uint8Array, options: ParseOptions): CompactJws | JwsFailure => {
  const { maximum = MAX_TOKEN_BYTES } = options
  if (token.length > maximum) return fail("too_large", `larger than ${maximum} bytes`)
  const bytes = withoutLineEnd(Buffer.from(token.buffer, token.byteOffset, token.byteLength))
  const first = bytes.indexOf(DOT)
  const second = bytes.indexOf(DOT, first + 1)
  if (first < 1 || second < 0 || bytes.indexOf(DOT, second + 1) >= 0)
    return fail("malformed_jws", "not three parts separated by dots")
  if (first > MAX_HEADER_CHARS) return fail("malformed_jws", `header longer than ${MAX_HEADER_CHARS} characters`)
  const header = readHeader(bytes, first, options)
  if ("reason" in header) return header
  const payload = decodeBase64urlIn(bytes, first + 1, second)
  if (payload === null) return fail("malformed_jws", "payload is not canonical base64url")
  const signature = decodeBase64urlIn(bytes, second + 1, bytes.length)
  if (signature === null) return fail("malformed_jws", "signature is not canonical base64url")
  if (signature.length !== 64) return fail("malformed_jws", "the signature does not have 64 bytes")
  return { header, payload, signingInput: token.subarray(0, second), signature }
}

/** Files and shells end a line; what they add is not signed, and nobody can read anything else into it. */
export const withoutLineEnd = (token: Buffer): Buffer =>
  token.at(-1) === LINE_FEED ? token.subarray(0, token.at(-2) === CARRIAGE_RETURN ? -2 : -1) : token

/** @param end of the header, which begins the token */
const readHeader = (token: Buffer, end: number, options: ParseOptions): JwsHeader | JwsFailure => {
  const bytes = decodeBase64urlIn(token, 0, end)
  if (bytes === null) return fail("malformed_jws", "header is not canonical base64url")
  const plain = readPlain(bytes)
  if (plain !== null) return checked(plain, options)
  const parsed = parseStrictObject(bytes)
  if ("reason" in parsed) return fail("malformed_jws", `header: ${parsed.detail}`)
  const { alg, kid, typ, cty } = parsed.value
  for (const member in parsed.value)
    if (member !== "alg" && member !== "kid" && member !== "typ" && member !== "cty")
      return fail("header_refused", `the header carries ${JSON.stringify(member.slice(0, 64))}`)
  return checked({ alg, kid, typ, cty }, options)
}

const reader = new PlainReader()

/** A header of nothing but alg, kid and typ, all of them texts; null for one that is spelt or made otherwise. */
const readPlain = (bytes: Buffer): { readonly alg: string; readonly kid: string; readonly typ: string } | null => {
  let alg: string | undefined
  let kid: string | undefined
  let typ: string | undefined
  reader.begin(bytes)
  if (!reader.opens(OBJECT)) return null
  for (let name = reader.member(); name !== null; name = reader.member()) {
    if (name === "alg" && alg === undefined) alg = reader.word()
    else if (name === "kid" && kid === undefined) kid = reader.text()
    else if (name === "typ" && typ === undefined) typ = reader.word()
    else return null
  }
  return reader.ends() && alg !== undefined && kid !== undefined && typ !== undefined ? { alg, kid, typ } : null
}

const checked = (
  { alg, kid: named, typ, cty }: { readonly [name: string]: Json | undefined },
  { typ: allowed, isKidOptional = false }: ParseOptions,
): JwsHeader | JwsFailure => {
  const kid = isKidOptional ? (named ?? "") : named
  const known = typeof alg === "string" ? ALGS.get(alg) : undefined
  if (known === undefined) return fail("alg_refused", "alg is none of Ed25519, EdDSA, ES256")
  if (typeof typ !== "string" || !allowed.includes(typ))
    return fail("typ_refused", `typ is none of ${allowed.join(", ")}`)
  if (typeof kid !== "string" || kid.length > MAX_KID_CHARS) return fail("header_refused", "kid is missing or too long")
  if (cty !== undefined && (typeof cty !== "string" || cty.length > MAX_CTY_CHARS))
    return fail("header_refused", "cty is no text, or too long")
  return { alg: known, kid, typ }
}
