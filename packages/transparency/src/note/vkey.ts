/**
 * Verifier keys of signed notes (C2SP signed-note): `<name>+<hash>+<base64(type || key)>`; hash is the first four bytes,
 * in hex, of SHA-256(name || "\n" || type || key). Only Ed25519: type 1 of a note, type 4 of a witness' cosignature.
 */
import { createPublicKey, type KeyObject } from "node:crypto"
import { sha256 } from "../hash.ts"
import { NoteError } from "./error.ts"

const ED25519 = 1
/** C2SP tlog-cosignature: Ed25519 with a time. */
export const COSIGNATURE_V1 = 4
const KEY_BYTES = 32
const SPKI_PREFIX = Buffer.from("302a300506032b6570032100", "hex")

export interface VerifierKey {
  /** The log's origin line. */
  readonly name: string
  readonly id: number
  /** 32 bytes. */
  readonly publicKey: Uint8Array
  readonly key: KeyObject
}

/** A name without white space and `+`, not empty. */
export const isKeyName = (name: string): boolean => name.length > 0 && !/[\s+\p{C}]/u.test(name)

const typed = (publicKey: Uint8Array, type: number): Buffer => Buffer.concat([Buffer.of(type), publicKey])

/** What stands before every signature, to find its key by. */
export const keyId = (name: string, publicKey: Uint8Array, type = ED25519): number =>
  Buffer.from(sha256(Buffer.concat([Buffer.from(`${name}\n`), typed(publicKey, type)]))).readUInt32BE(0)

/** @throws NoteError */
export const verifierKey = (name: string, publicKey: Uint8Array, type = ED25519): VerifierKey => {
  if (!isKeyName(name)) throw new NoteError("vkey", `a key cannot be named ${JSON.stringify(name)}`)
  if (publicKey.length !== KEY_BYTES) throw new NoteError("vkey", "an Ed25519 public key has 32 bytes")
  const der = Buffer.concat([SPKI_PREFIX, publicKey])
  return {
    name,
    id: keyId(name, publicKey, type),
    publicKey,
    key: createPublicKey({ key: der, format: "der", type: "spki" }),
  }
}

export const encodeVkey = (key: VerifierKey): string => encodeTypedVkey(key, ED25519)

/** The same of a key of another type than a note's. */
export const encodeTypedVkey = ({ name, id, publicKey }: Omit<VerifierKey, "key">, type: number): string =>
  `${name}+${id.toString(16).padStart(8, "0")}+${typed(publicKey, type).toString("base64")}`

/** Reads `name+hash+key`, one key and no more, and checks the hash. @throws NoteError */
export const decodeVkey = (text: string): VerifierKey => decodeTypedVkey(text, ED25519)

/** The same of a key of another type than a note's. @throws NoteError */
export const decodeTypedVkey = (text: string, type: number): VerifierKey => {
  const match = /^([^+]+)\+([0-9a-f]{8})\+([A-Za-z0-9+/]+=*)$/.exec(text.trim())
  if (match === null) throw new NoteError("vkey", "a verifier key reads name+hash+base64")
  const bytes = Buffer.from(match[3]!, "base64")
  if (bytes.length !== 1 + KEY_BYTES || bytes[0] !== type)
    throw new NoteError(
      "vkey",
      type === ED25519
        ? "the verifier key is not Ed25519"
        : "the verifier key is not one of a witness (Ed25519, type 4)",
    )
  const key = verifierKey(match[1]!, bytes.subarray(1), type)
  if (key.id !== Number.parseInt(match[2]!, 16))
    throw new NoteError("vkey", "the hash of the verifier key is not its own")
  return key
}
