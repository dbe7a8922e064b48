/** An X.509 certificate (RFC 5280), read as far as attestation relies on it. Node's own class checks no critical extension. */
import { createHash, createPublicKey, type KeyObject, verify } from "node:crypto"
import { DerError, DerReader, flagOf, oidOf, smallOf, TAG, timeOf } from "./der.ts"

export const MAX_CERTIFICATE_BYTES = 8 * 1024
const MAX_EXTENSIONS = 32

/** Signature algorithms of certificates that are taken: ECDSA, RSA (PKCS #1 v1.5) and Ed25519; null: it has its own hash. */
const SIGNATURES: ReadonlyMap<string, { readonly hash: string | null; readonly type: string }> = new Map([
  ["1.2.840.10045.4.3.2", { hash: "sha256", type: "ec" }],
  ["1.2.840.10045.4.3.3", { hash: "sha384", type: "ec" }],
  ["1.2.840.10045.4.3.4", { hash: "sha512", type: "ec" }],
  ["1.2.840.113549.1.1.11", { hash: "sha256", type: "rsa" }],
  ["1.2.840.113549.1.1.12", { hash: "sha384", type: "rsa" }],
  ["1.2.840.113549.1.1.13", { hash: "sha512", type: "rsa" }],
  ["1.3.101.112", { hash: null, type: "ed25519" }],
])

export interface Extension {
  readonly critical: boolean
  /** What the OCTET STRING holds. */
  readonly value: Uint8Array
}

export interface Certificate {
  readonly raw: Uint8Array
  /** SHA-256 of `raw`. */
  readonly hash: Buffer
  /** Names as they are written: compared byte by byte. */
  readonly issuer: Uint8Array
  readonly subject: Uint8Array
  /** Milliseconds since 1970, both inclusive. */
  readonly notBefore: number
  readonly notAfter: number
  readonly key: KeyObject
  readonly extensions: ReadonlyMap<string, Extension>
  readonly isCa: boolean
  /** Certificates between it and the last of its chain at most; null: any number. */
  readonly pathLength: number | null
  /** Bits of its key usage as they are written; null: it has none. */
  readonly usage: number | null
  readonly extendedUsage: ReadonlyArray<string>
  isSignedBy(key: KeyObject): boolean
}

const BASIC = "2.5.29.19"
const USAGE = "2.5.29.15"
const EXTENDED_USAGE = "2.5.29.37"

const readExtensions = (from: DerReader): ReadonlyMap<string, Extension> => {
  const found = new Map<string, Extension>()
  while (!from.isAtEnd) {
    const one = from.inside(TAG.sequence)
    const oid = oidOf(one.next(TAG.oid).body)
    const flag = one.optional(TAG.boolean)
    const { body: value } = one.next(TAG.octets)
    one.end()
    if (found.has(oid) || found.size === MAX_EXTENSIONS) throw new DerError(`the extension ${oid} again, or too many`)
    found.set(oid, { critical: flag !== null && flagOf(flag.body), value })
  }
  return found
}

const basicOf = (extension: Extension | undefined): { isCa: boolean; pathLength: number | null } => {
  if (extension === undefined) return { isCa: false, pathLength: null }
  const reader = new DerReader(extension.value)
  const from = reader.inside(TAG.sequence)
  reader.end()
  const flag = from.optional(TAG.boolean)
  const length = from.optional(TAG.integer)
  from.end()
  return { isCa: flag !== null && flagOf(flag.body), pathLength: length === null ? null : smallOf(length.body) }
}

const usageOf = (extension: Extension | undefined): number | null => {
  if (extension === undefined) return null
  const reader = new DerReader(extension.value)
  const { body } = reader.next(TAG.bits)
  reader.end()
  if (body.length < 1 || body.length > 3) throw new DerError("a key usage of another length")
  return body[1] ?? 0
}

const extendedOf = (extension: Extension | undefined): ReadonlyArray<string> => {
  if (extension === undefined) return []
  const reader = new DerReader(extension.value)
  const from = reader.inside(TAG.sequence)
  reader.end()
  const found: Array<string> = []
  while (!from.isAtEnd && found.length < MAX_EXTENSIONS) found.push(oidOf(from.next(TAG.oid).body))
  return found
}

const keyOf = (der: Uint8Array): KeyObject => {
  try {
    return createPublicKey({ key: Buffer.from(der), format: "der", type: "spki" })
  } catch (cause) {
    throw new DerError(`a key that cannot be read: ${(cause as Error).message}`)
  }
}

/** @throws DerError */
export const readCertificate = (raw: Uint8Array): Certificate => {
  if (raw.length > MAX_CERTIFICATE_BYTES)
    throw new DerError(`a certificate of more than ${MAX_CERTIFICATE_BYTES} bytes`)
  const outer = new DerReader(raw)
  const parts = outer.inside(TAG.sequence)
  outer.end()
  const tbs = parts.next(TAG.sequence)
  const algorithm = parts.next(TAG.sequence)
  const bits = parts.next(TAG.bits).body
  parts.end()
  if (bits[0] !== 0) throw new DerError("a signature that is no whole bytes")
  const from = new DerReader(tbs.body)
  const version = from.inside(0xa0)
  if (smallOf(version.next(TAG.integer).body) !== 2) throw new DerError("no certificate of version 3")
  from.next(TAG.integer) // serial number
  const inner = from.next(TAG.sequence)
  if (Buffer.compare(inner.whole, algorithm.whole) !== 0) throw new DerError("two signature algorithms")
  const issuer = from.next(TAG.sequence).whole
  const validity = from.inside(TAG.sequence)
  const [notBefore, notAfter] = [timeOf(validity.next()), timeOf(validity.next())]
  const subject = from.next(TAG.sequence).whole
  const key = keyOf(from.next(TAG.sequence).whole)
  from.optional(0x81)
  from.optional(0x82)
  const wrapped = from.optional(0xa3)
  from.end()
  const extensions = wrapped === null ? new Map() : readExtensions(new DerReader(wrapped.body).inside(TAG.sequence))
  const oid = oidOf(new DerReader(algorithm.body).next(TAG.oid).body)
  return {
    raw,
    hash: createHash("sha256").update(raw).digest(),
    issuer,
    subject,
    notBefore,
    notAfter,
    key,
    extensions,
    ...basicOf(extensions.get(BASIC)),
    usage: usageOf(extensions.get(USAGE)),
    extendedUsage: extendedOf(extensions.get(EXTENDED_USAGE)),
    isSignedBy: (by) => isSigned(oid, tbs.whole, by, bits.subarray(1)),
  }
}

/** By one of the algorithms above, and only where the key is for it. */
const isSigned = (oid: string, signed: Uint8Array, key: KeyObject, signature: Uint8Array): boolean => {
  const known = SIGNATURES.get(oid)
  return known !== undefined && key.asymmetricKeyType === known.type && verify(known.hash, signed, key, signature)
}
