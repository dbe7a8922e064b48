/**
 * Evidence that the holder of a log's key signed two histories, which anybody with the log's verifier key can check:
 *
 *   {"format":"assay-fork/1","a":<note>,"b":<note>}                                     one size, two roots
 *   {"format":"assay-fork/1","a":<note>,"b":<note>,"prefix":<root>,"proof":[<hash>..]}  the first leaves of b are not those of a
 *
 * In the second form the proof leads from `prefix`, the root over as many leaves of b as a has, to b's root; and `prefix` is not
 * a's root. Who hands it over does not matter: nobody without the key can make it.
 */
import { openCheckpoint, type TreeHead } from "../checkpoint.ts"
import { equalHash, HASH_BYTES, type Hash } from "../hash.ts"
import { NoteError } from "../note/error.ts"
import type { VerifierKey } from "../note/vkey.ts"
import { verifyConsistency } from "./verify.ts"

const FORMAT = "assay-fork/1"
const MAX_BYTES = 4 << 20
const MAX_HASHES = 64

export interface Fork {
  /** The one of fewer leaves, or either where both have as many. */
  readonly a: string
  readonly b: string
  /** The root over the first leaves of b, as many as a has; null where both have as many. */
  readonly prefix: Hash | null
  readonly proof: ReadonlyArray<Hash>
}

const base64 = (hash: Hash): string => Buffer.from(hash).toString("base64")

export const formatFork = ({ a, b, prefix, proof }: Fork): string => {
  const more = prefix === null ? {} : { prefix: base64(prefix), proof: proof.map(base64) }
  return `${JSON.stringify({ format: FORMAT, a, b, ...more }, null, 2)}\n`
}

const hashIn = (value: unknown): Hash => {
  const bytes = typeof value === "string" ? Buffer.from(value, "base64") : Buffer.alloc(0)
  if (bytes.length !== HASH_BYTES) throw new NoteError("proof", "the evidence holds something that is no hash")
  return new Uint8Array(bytes)
}

/** @throws NoteError */
const parseFork = (given: string): Fork => {
  if (given.length > MAX_BYTES) throw new NoteError("proof", "the evidence is too large")
  let members: Record<string, unknown> | null
  try {
    members = JSON.parse(given) as Record<string, unknown> | null
  } catch {
    throw new NoteError("proof", "the evidence is no JSON")
  }
  if (members?.["format"] !== FORMAT) throw new NoteError("proof", `the file is no evidence of the format ${FORMAT}`)
  const { a, b, prefix, proof } = members
  if (typeof a !== "string" || typeof b !== "string") throw new NoteError("proof", "the evidence lacks a checkpoint")
  if (prefix === undefined) return { a, b, prefix: null, proof: [] }
  if (!Array.isArray(proof) || proof.length > MAX_HASHES) throw new NoteError("proof", "the evidence lacks its proof")
  return { a, b, prefix: hashIn(prefix), proof: proof.map(hashIn) }
}

/** The two heads that contradict each other. @throws NoteError that says why the file shows no fork of this log */
export const verifyFork = (given: string, key: VerifierKey): { readonly a: TreeHead; readonly b: TreeHead } => {
  const { a: noteA, b: noteB, prefix, proof } = parseFork(given)
  const a = openCheckpoint(noteA, key)
  const b = openCheckpoint(noteB, key)
  if (a.size === b.size) {
    if (equalHash(a.root, b.root)) throw new NoteError("proof", "both checkpoints are of one tree: that is no fork")
    return { a, b }
  }
  if (prefix === null)
    throw new NoteError("proof", "the checkpoints are of two sizes, and nothing leads from one to the other")
  if (!verifyConsistency(a.size, prefix, b.size, b.root, proof))
    throw new NoteError("proof", "the proof does not lead to the larger checkpoint")
  if (equalHash(prefix, a.root))
    throw new NoteError("proof", "the larger tree continues the smaller one: that is no fork")
  return { a, b }
}
