/**
 * What travels to a verifying thread, in one transferred buffer: jobs one after another, each
 *
 *   u8 key length (32: Ed25519; 33 or 65: P-256) | u8 0 | u16 0 | u32 input length | key | signature (64) | input | pad to 4
 *
 * in the machine's own byte order. The answer is one byte per job: a `Verification`.
 */
import type { PublicKey } from "@assay/did"
import { SIGNATURE_BYTES } from "./in-thread.ts"

export interface VerifyJob extends PublicKey {
  readonly signingInput: Uint8Array
  readonly signature: Uint8Array
}

/** Whether a job has a shape that the layout can carry; any other cannot verify. */
export const isPackable = (job: VerifyJob): boolean => {
  const size = job.publicKey.length
  if (job.signature.length !== SIGNATURE_BYTES) return false
  return job.alg === "Ed25519" ? size === 32 : size === 33 || size === 65
}

/** Bytes that a job takes. */
export const packedSize = (job: VerifyJob): number =>
  (8 + job.publicKey.length + SIGNATURE_BYTES + job.signingInput.length + 3) & ~3

/** Writes the jobs at `indices`; `size` is the sum of their packed sizes. */
export const pack = (jobs: ReadonlyArray<VerifyJob>, indices: ReadonlyArray<number>, size: number): ArrayBuffer => {
  const buffer = new ArrayBuffer(size)
  const bytes = new Uint8Array(buffer)
  const words = new Uint32Array(buffer)
  let at = 0
  for (const index of indices) {
    const job = jobs[index]!
    const { publicKey, signature, signingInput } = job
    bytes[at] = publicKey.length
    words[(at >> 2) + 1] = signingInput.length
    bytes.set(publicKey, at + 8)
    bytes.set(signature, at + 8 + publicKey.length)
    bytes.set(signingInput, at + 8 + publicKey.length + SIGNATURE_BYTES)
    at += packedSize(job)
  }
  return buffer
}

/** The jobs of a buffer, as views of it. */
export function* unpack(buffer: ArrayBuffer): Generator<VerifyJob> {
  const bytes = Buffer.from(buffer)
  const words = new Uint32Array(buffer)
  for (let at = 0; at < buffer.byteLength; ) {
    const keyEnd = at + 8 + bytes[at]!
    const inputStart = keyEnd + SIGNATURE_BYTES
    const inputEnd = inputStart + words[(at >> 2) + 1]!
    yield {
      alg: bytes[at] === 32 ? "Ed25519" : "ES256",
      publicKey: bytes.subarray(at + 8, keyEnd),
      signature: bytes.subarray(keyEnd, inputStart),
      signingInput: bytes.subarray(inputStart, inputEnd),
    }
    at = (inputEnd + 3) & ~3
  }
}
