/** Proofs of inclusion as COSE receipts (RFC 9942), which readers of SCITT (RFC 9943) understand. */

import { verify } from "node:crypto"
import { parseReceipt, signReceipt } from "@assay/cose"
import { resolveDeviceKey } from "@assay/did"
import {
  equalHash,
  leafHash,
  NoteError,
  type Proven,
  parseProof,
  rootOfInclusion,
  type VerifierKey,
} from "@assay/transparency"
import { UsageError } from "./command.ts"
import { openKey } from "./keys.ts"

/** A log's key is known by four bytes, as in C2SP signed-note. */
const kidOf = ({ id }: VerifierKey): Buffer => {
  const bytes = Buffer.alloc(4)
  bytes.writeUInt32BE(id)
  return bytes
}

/**
 * @param proof the file that `proven` was read from
 * @param log the key that signed its checkpoint
 * @param reference to the private part of that key, as `@assay/signing` reads it
 * @throws UsageError where it is another key; KeyError, KeyUnreachableError
 */
export const receiptFor = async (
  proof: string,
  { head }: Proven,
  log: VerifierKey,
  reference: string,
): Promise<Uint8Array> => {
  const { index, hashes } = parseProof(proof)
  const key = await openKey(reference)
  try {
    const own = resolveDeviceKey(key.did)
    if ("reason" in own || !equalHash(own.publicKey, log.publicKey))
      throw new UsageError(`${reference} is not the key of ${log.name}: a receipt is signed by the log's own key`)
    return await signReceipt({ size: head.size, index, path: hashes }, head.root, key, {
      kid: kidOf(log),
      issuer: log.name,
    })
  } finally {
    await key.close()
  }
}

export interface ProvenReceipt {
  /** Leaves of the tree. */
  readonly size: number
  readonly index: number
  /** The log that it says it is of; its key says so too. */
  readonly issuer: string | null
}

/**
 * Whether the receipt is of this very leaf, by the log's key. Its tree may be another than the proof's.
 * @throws NoteError that says why it proves nothing
 */
export const verifyReceipt = (bytes: Uint8Array, { entry, leaf }: Proven, log: VerifierKey): ProvenReceipt => {
  const receipt = parseReceipt(bytes)
  if ("reason" in receipt) throw new NoteError("proof", `the receipt: ${receipt.detail}`)
  const { size, index, path, issuer } = receipt
  if (index !== leaf) throw new NoteError("proof", `the receipt is of leaf ${index}, the proof of leaf ${leaf}`)
  if (issuer !== null && issuer !== log.name)
    throw new NoteError("proof", `the receipt is of ${issuer}, the proof of ${log.name}`)
  const root = rootOfInclusion(leafHash(entry), index, size, path)
  if (root === null) throw new NoteError("proof", "the receipt's path is not one of its tree")
  if (receipt.alg !== "Ed25519" || !verify(null, receipt.signingInput(root), log.key, receipt.signature))
    throw new NoteError("signature", `the receipt is not signed by ${log.name}, or is of another leaf`)
  return { size, index, issuer }
}
