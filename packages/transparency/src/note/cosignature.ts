/**
 * Cosignatures of witnesses (C2SP tlog-cosignature 1.0, cosignature/v1): what a witness signs is
 *
 *   cosignature/v1
 *   time <seconds since 1970>
 *   <the checkpoint's text, with its last newline>
 *
 * and its signature line holds key id (4 bytes), time (8 bytes), Ed25519 signature (64 bytes). The verifier key of a witness
 * is that of a note with the type 4 in place of 1. A witness vouches that all checkpoints that it signed of this log are of
 * one growing tree; it vouches for nothing that the tree holds.
 */
import { type KeyObject, verify } from "node:crypto"
import { NoteError } from "./error.ts"
import { formatSignature, type LogSigner, type SignatureLine } from "./note.ts"
import { COSIGNATURE_V1, decodeTypedVkey, encodeTypedVkey, type VerifierKey, verifierKey } from "./vkey.ts"

const TIME_BYTES = 8
const SIGNATURE_BYTES = 64

export interface WitnessKey {
  readonly name: string
  readonly id: number
  /** 32 bytes. */
  readonly publicKey: Uint8Array
  readonly key: KeyObject
}

export interface Cosignature {
  /** Of the witness. */
  readonly name: string
  /** When it signed, by its own clock: milliseconds since 1970. */
  readonly time: number
}

/** Reads the verifier key of a witness, `name+hash+base64(4 || key)`. @throws NoteError */
export const decodeWitnessKey = (text: string): WitnessKey => {
  const { name, id, publicKey, key } = decodeTypedVkey(text, COSIGNATURE_V1)
  return { name, id, publicKey, key }
}

/** The verifier key of a witness. @throws NoteError where it cannot be named so */
export const witnessKey = (name: string, publicKey: Uint8Array): VerifierKey =>
  verifierKey(name, publicKey, COSIGNATURE_V1)

export const encodeWitnessKey = (key: WitnessKey): string => encodeTypedVkey(key, COSIGNATURE_V1)

const signedBy = (seconds: bigint, text: string): Buffer => Buffer.from(`cosignature/v1\ntime ${seconds}\n${text}`)

/**
 * The signature line that a witness puts below a checkpoint, with its newline.
 * @param text of the checkpoint, with its last newline
 * @param time milliseconds since 1970; whole seconds are signed
 */
export const cosign = async (
  text: string,
  { name, id }: WitnessKey,
  signer: LogSigner,
  time: number,
): Promise<string> => {
  const seconds = BigInt(Math.floor(time / 1000))
  const stamp = Buffer.alloc(TIME_BYTES)
  stamp.writeBigUInt64BE(seconds)
  const signature = await signer.sign(signedBy(seconds, text))
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
  { name, id, key }: WitnessKey,
): Cosignature => {
  const own = lines.filter((line) => line.name === name && line.id === id)
  const [line] = own
  if (line === undefined) throw new NoteError("signature", `the checkpoint is not cosigned by ${name}`)
  if (own.length > 1) throw new NoteError("note", `two cosignatures of ${name}`)
  const { signature } = line
  if (signature.length !== TIME_BYTES + SIGNATURE_BYTES)
    throw new NoteError("signature", `the cosignature of ${name} has ${signature.length} bytes, not 72`)
  const seconds = Buffer.from(signature.subarray(0, TIME_BYTES)).readBigUInt64BE()
  const signed = signedBy(seconds, text)
  const time = Number(seconds) * 1000
  if (!Number.isSafeInteger(time) || !verify(null, signed, key, signature.subarray(TIME_BYTES)))
    throw new NoteError("signature", `the cosignature of ${name} does not verify`)
  return { name, time }
}
