/** Structures of a TPM 2.0 as it writes them: keys, what it signs, signatures, and the event log of the firmware. */
import { createHash, createPublicKey, type KeyObject, sign } from "node:crypto"

export const u8 = (value: number): Buffer => Buffer.from([value])
export const u16 = (value: number): Buffer => Buffer.from([value >> 8, value & 0xff])
export const u32 = (value: number): Buffer => {
  const bytes = Buffer.alloc(4)
  bytes.writeUInt32BE(value)
  return bytes
}
export const u64 = (value: number): Buffer => {
  const bytes = Buffer.alloc(8)
  bytes.writeBigUInt64BE(BigInt(value))
  return bytes
}
export const sized = (...parts: ReadonlyArray<Uint8Array>): Buffer => {
  const bytes = Buffer.concat(parts)
  return Buffer.concat([u16(bytes.length), bytes])
}
export const sha256 = (...parts: ReadonlyArray<Uint8Array>): Buffer => {
  const digest = createHash("sha256")
  for (const part of parts) digest.update(part)
  return digest.digest()
}

/** What keys may do (TPMA_OBJECT). */
export const ATTRIBUTES = {
  endorsement: 0x000300b2,
  attestation: 0x00050072,
  signing: 0x00040072,
  /** May leave its TPM: neither fixedTPM nor fixedParent. */
  exportable: 0x00040060,
} as const

const SHA256 = 0x000b
const NULL = u16(0x0010)
const ECDSA = Buffer.concat([u16(0x0018), u16(SHA256)])
const AES_128_CFB = Buffer.concat([u16(0x0006), u16(128), u16(0x0043)])
/** The policy of template L-2 (TCG EK credential profile). */
const EK_POLICY = Buffer.from("837197674484b3f81a90cc8d46a5d724fd52d76e06520b64f2a1da1b331469aa", "hex")

/** TPMT_PUBLIC of a P-256 key. */
export const publicArea = (key: KeyObject, attributes: number): Buffer => {
  const { x, y } = (key.type === "private" ? createPublicKey(key) : key).export({ format: "jwk" })
  const isStorage = attributes === ATTRIBUTES.endorsement
  return Buffer.concat([
    u16(0x0023),
    u16(SHA256),
    u32(attributes),
    sized(isStorage ? EK_POLICY : new Uint8Array(0)),
    isStorage ? AES_128_CFB : NULL,
    isStorage ? NULL : ECDSA,
    u16(0x0003),
    NULL,
    sized(Buffer.from(x!, "base64url")),
    sized(Buffer.from(y!, "base64url")),
  ])
}

export const nameOf = (area: Uint8Array): Buffer => Buffer.concat([u16(SHA256), sha256(area)])

/** The qualified name of a key under another one, or under a hierarchy. */
export const qualified = (parent: Uint8Array, name: Uint8Array): Buffer =>
  Buffer.concat([u16(SHA256), sha256(parent, name)])

export const HIERARCHIES = { endorsement: u32(0x4000000b), owner: u32(0x40000001) } as const

/** TPMT_SIGNATURE: ECDSA with SHA-256, or with another hash id for who would say so. */
export const signatureOf = (key: KeyObject, bytes: Uint8Array, hash: "sha256" | "sha1" = "sha256"): Buffer => {
  const raw = sign(hash, bytes, { key, dsaEncoding: "ieee-p1363" })
  const id = hash === "sha256" ? SHA256 : 0x0004
  return Buffer.concat([u16(0x0018), u16(id), sized(raw.subarray(0, 32)), sized(raw.subarray(32))])
}

const little32 = (value: number): Buffer => {
  const bytes = Buffer.alloc(4)
  bytes.writeUInt32LE(value)
  return bytes
}
const little16 = (value: number): Buffer => Buffer.from([value & 0xff, value >> 8])

export interface LoggedEvent {
  readonly pcr: number
  readonly digest: Uint8Array
  /** For people. */
  readonly text: string
}

const EV_IPL = 0x0d
const EV_NO_ACTION = 3

/** The log in its crypto-agile form, of SHA-256 alone. */
export const eventLogOf = (events: ReadonlyArray<LoggedEvent>): Buffer => {
  const spec = Buffer.concat([
    Buffer.from("Spec ID Event03\0", "latin1"),
    little32(0),
    Buffer.from([0, 2, 0, 2]),
    little32(1),
    little16(SHA256),
    little16(32),
    u8(0),
  ])
  const header = [little32(0), little32(EV_NO_ACTION), Buffer.alloc(20), little32(spec.length), spec]
  const body = events.flatMap(({ pcr, digest, text }) => {
    const data = Buffer.from(text)
    return [little32(pcr), little32(EV_IPL), little32(1), little16(SHA256), digest, little32(data.length), data]
  })
  return Buffer.concat([...header, ...body])
}
