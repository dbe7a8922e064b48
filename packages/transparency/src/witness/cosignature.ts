/**
 * Cosignatures of witnesses (C2SP tlog-cosignature 1.1.0-rc.1): a signature line of key id (4 bytes), time (8 bytes) and
 * signature. A witness vouches that all checkpoints that it signed of this log are of one growing tree; it vouches for nothing
 * that the tree holds. `cosigned-message.ts` says which bytes are signed, by Ed25519 (type 4) and by ML-DSA-44 (type 6).
 */
import { type KeyObject, verify } from "node:crypto"
import { NoteError } from "../note/error.ts"
import { formatSignature, type LogSigner, type SignatureLine } from "../note/note.ts"
import {
  COSIGNATURE_V1,
  decodeTypedVkey,
  encodeTypedVkey,
  keyBytes,
  ML_DSA_COSIGNATURE,
  type VerifierKey,
  verifierKey,
} from "../note/vkey.ts"
import { COSIGNED, type CosignatureType } from "./cosigned-message.ts"

const TIME_BYTES = 8

export interface WitnessKey {
  readonly name: string
  readonly id: number
  readonly type: CosignatureType
  /** 32 bytes (Ed25519) or 1,312 (ML-DSA-44). */
  readonly publicKey: Uint8Array
  readonly key: KeyObject
}

export interface Cosignature {
  /** Of the witness. */
  readonly name: string
  /** When it signed, by its own clock: milliseconds since 1970. */
  readonly time: number
}

const NO_WITNESS = "the verifier key is not one of a witness (Ed25519, type 4, or ML-DSA-44, type 6)"
/** ML-DSA-44 signs names whose length is one byte. */
const MAX_NAME_BYTES = 255

const typed = (key: VerifierKey, type: CosignatureType): WitnessKey => {
  if (type === ML_DSA_COSIGNATURE && Buffer.byteLength(key.name) > MAX_NAME_BYTES)
    throw new NoteError("vkey", `the name of a witness with ML-DSA-44 has at most ${MAX_NAME_BYTES} bytes`)
  return { ...key, type }
}

/** Reads the verifier key of a witness, `name+hash+base64(type || key)`. @throws NoteError */
export const decodeWitnessKey = (text: string): WitnessKey => {
  const { key, type } = decodeTypedVkey(text, [COSIGNATURE_V1, ML_DSA_COSIGNATURE], NO_WITNESS)
  return typed(key, type)
}

/**
 * The verifier key of a witness. The length of the public key says which algorithm it is of.
 * @throws NoteError where it cannot be named so, or is a key of neither
 */
export const witnessKey = (name: string, publicKey: Uint8Array): WitnessKey => {
  const type = publicKey.length === keyBytes(ML_DSA_COSIGNATURE) ? ML_DSA_COSIGNATURE : COSIGNATURE_V1
  return typed(verifierKey(name, publicKey, type), type)
}

export const encodeWitnessKey = (key: WitnessKey): string => encodeTypedVkey(key, key.type)

/**
 * The signature line that a witness puts below a checkpoint, with its newline.
 * @param text of the checkpoint, with its last newline
 * @param time milliseconds since 1970; whole seconds are signed
 * @throws NoteError where the text is no checkpoint that this type of key can cosign
 */
export const cosign = async (
  text: string,
  { name, id, type }: WitnessKey,
  signer: LogSigner,
  time: number,
): Promise<string> => {
  const seconds = BigInt(Math.floor(time / 1000))
  const stamp = Buffer.alloc(TIME_BYTES)
  stamp.writeBigUInt64BE(seconds)
  const signature = await signer.sign(COSIGNED[type].signed({ name, seconds, text }))
  return formatSignature({ name, id, signature: Buffer.concat([stamp, signature]) })
}

/**
 * The witness' cosignature among the lines below a checkpoint.
 * @param text of the checkpoint, with its last newline
 * @throws NoteError where it has none there, more than one, or one that does not verify
 */
export const openCosignature = (
  text: string,
  lines: ReadonlyArray<SignatureLine>,
  { name, id, key, type }: WitnessKey,
): Cosignature => {
  const own = lines.filter((line) => line.name === name && line.id === id)
  const [line] = own
  if (line === undefined) throw new NoteError("signature", `the checkpoint is not cosigned by ${name}`)
  if (own.length > 1) throw new NoteError("note", `two cosignatures of ${name}`)
  const { signature } = line
  const { signed, bytes } = COSIGNED[type]
  if (signature.length !== TIME_BYTES + bytes)
    throw new NoteError(
      "signature",
      `the cosignature of ${name} has ${signature.length} bytes, not ${TIME_BYTES + bytes}`,
    )
  const seconds = Buffer.from(signature.subarray(0, TIME_BYTES)).readBigUInt64BE()
  const time = Number(seconds) * 1000
  if (
    !Number.isSafeInteger(time) ||
    !verify(null, signed({ name, seconds, text }), key, signature.subarray(TIME_BYTES))
  )
    throw new NoteError("signature", `the cosignature of ${name} does not verify`)
  // A time of zero says nothing of the largest tree that was seen (tlog-cosignature), and no witness leaves it out (tlog-witness).
  if (time === 0) throw new NoteError("signature", `the cosignature of ${name} has no time`)
  return { name, time }
}
