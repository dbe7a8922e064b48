/**
 * Verifier keys of signed notes (C2SP signed-note): `<name>+<hash>+<base64(type || key)>`; hash is the first four bytes,
 * in hex, of SHA-256(name || "\n" || type || key). Ed25519 is type 1 in a note and type 4 in a witness' cosignature; ML-DSA-44 is
 * type 6, and of cosignatures alone. Of logs of others ECDSA with P-256 and SHA-256 is read too (type 2, as Rekor 1 signs): the key is
 * its SubjectPublicKeyInfo, and the hash the beginning of SHA-256 of that.
 */
import { createPublicKey, type KeyObject } from "node:crypto"
import { sha256 } from "../hash.ts"
import { NoteError } from "./error.ts"

const ED25519 = 1
const ECDSA_P256 = 2
/** C2SP tlog-cosignature: Ed25519 with a time. */
export const COSIGNATURE_V1 = 4 as const
/** C2SP tlog-cosignature: ML-DSA-44 (FIPS 204) with the witness' name and a time. */
export const ML_DSA_COSIGNATURE = 6 as const

interface KeyKind {
  readonly name: string
  readonly bytes: number
  /** What stands before the key in a SubjectPublicKeyInfo (RFC 8410 section 4, RFC 9881 section 4). */
  readonly spki: Buffer
}

const ED25519_KEY: KeyKind = { name: "Ed25519", bytes: 32, spki: Buffer.from("302a300506032b6570032100", "hex") }
const ML_DSA_44_KEY: KeyKind = {
  name: "ML-DSA-44",
  bytes: 1_312,
  spki: Buffer.from("30820532300b06096086480165030403110382052100", "hex"),
}

/** The whole SubjectPublicKeyInfo, with an uncompressed point (RFC 5480 section 2). */
const ECDSA_P256_KEY: KeyKind = { name: "ECDSA P-256", bytes: 91, spki: Buffer.alloc(0) }

const KINDS: Readonly<Record<number, KeyKind>> = { [ML_DSA_COSIGNATURE]: ML_DSA_44_KEY, [ECDSA_P256]: ECDSA_P256_KEY }

const kindOf = (type: number): KeyKind => KINDS[type] ?? ED25519_KEY

/** How many bytes a public key of a type has. */
export const keyBytes = (type: number): number => kindOf(type).bytes

export interface VerifierKey {
  /** The log's origin line. */
  readonly name: string
  readonly id: number
  /** 32 bytes (Ed25519), 1,312 of a witness with ML-DSA-44, or the SubjectPublicKeyInfo of a log with ECDSA. */
  readonly publicKey: Uint8Array
  readonly key: KeyObject
}

/** A name without white space and `+`, not empty. */
export const isKeyName = (name: string): boolean => name.length > 0 && !/[\s+\p{C}]/u.test(name)

const typed = (publicKey: Uint8Array, type: number): Buffer => Buffer.concat([Buffer.of(type), publicKey])

/** What stands before every signature, to find its key by. */
export const keyId = (name: string, publicKey: Uint8Array, type = ED25519): number => {
  const hashed = type === ECDSA_P256 ? publicKey : Buffer.concat([Buffer.from(`${name}\n`), typed(publicKey, type)])
  return Buffer.from(sha256(hashed)).readUInt32BE(0)
}

/** @throws NoteError */
export const verifierKey = (name: string, publicKey: Uint8Array, type = ED25519): VerifierKey => {
  if (!isKeyName(name)) throw new NoteError("vkey", `a key cannot be named ${JSON.stringify(name)}`)
  const kind = kindOf(type)
  if (publicKey.length !== kind.bytes)
    throw new NoteError("vkey", `a public key of ${kind.name} has ${kind.bytes} bytes, not ${publicKey.length}`)
  const key = keyOfSpki(Buffer.concat([kind.spki, publicKey]))
  if (key === null || (type === ECDSA_P256 && key.asymmetricKeyDetails?.namedCurve !== "prime256v1"))
    throw new NoteError("vkey", `these bytes are no public key of ${kind.name}`)
  return { name, id: keyId(name, publicKey, type), publicKey, key }
}

const keyOfSpki = (der: Buffer): KeyObject | null => {
  try {
    return createPublicKey({ key: der, format: "der", type: "spki" })
  } catch {
    return null
  }
}

export const encodeVkey = (key: VerifierKey): string => encodeTypedVkey(key, ED25519)

/** The same of a key of another type than a note's. */
export const encodeTypedVkey = ({ name, id, publicKey }: Omit<VerifierKey, "key">, type: number): string =>
  `${name}+${id.toString(16).padStart(8, "0")}+${typed(publicKey, type).toString("base64")}`

/** Reads `name+hash+key`, one key and no more, and checks the hash. @throws NoteError */
export const decodeVkey = (text: string): VerifierKey =>
  decodeTypedVkey(text, [ED25519], "the verifier key is not Ed25519").key

/** As `decodeVkey`, of a log that others run: Rekor 1 signs with ECDSA. @throws NoteError */
export const decodeForeignVkey = (text: string): VerifierKey =>
  decodeTypedVkey(text, [ED25519, ECDSA_P256], "the verifier key is neither Ed25519 nor ECDSA with P-256").key

/**
 * The same of keys of other types than a note's.
 * @param otherwise what to say of a key of none of these types
 * @throws NoteError
 */
export const decodeTypedVkey = <T extends number>(
  text: string,
  types: ReadonlyArray<T>,
  otherwise: string,
): { readonly key: VerifierKey; readonly type: T } => {
  const match = /^([^+]+)\+([0-9a-f]{8})\+([A-Za-z0-9+/]+=*)$/.exec(text.trim())
  if (match === null) throw new NoteError("vkey", "a verifier key reads name+hash+base64")
  const bytes = Buffer.from(match[3]!, "base64")
  const type = types.find((one) => one === bytes[0])
  if (type === undefined || bytes.length !== 1 + kindOf(type).bytes) throw new NoteError("vkey", otherwise)
  const key = verifierKey(match[1]!, bytes.subarray(1), type)
  if (key.id !== Number.parseInt(match[2]!, 16))
    throw new NoteError("vkey", "the hash of the verifier key is not its own")
  return { key, type }
}
