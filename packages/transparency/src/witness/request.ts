/**
 * What a log asks of a witness (C2SP tlog-witness, add-checkpoint): an old size, the consistency proof from there, an empty line,
 * and the signed checkpoint.
 *
 *   old 20852014
 *   <hash in base64, a line each, at most 63>
 *
 *   <checkpoint, a signed note>
 */
import { HASH_BYTES, type Hash } from "../hash.ts"
import { NoteError } from "../note/error.ts"

const MAX_HASHES = 63

export interface AddCheckpoint {
  /** Leaves of the checkpoint that the witness cosigned last; 0 where it has none. */
  readonly old: number
  /** RFC 6962 section 2.1.2, from `old` to the checkpoint. */
  readonly proof: ReadonlyArray<Hash>
  /** The signed note. */
  readonly checkpoint: string
}

export const formatAddCheckpoint = ({ old, proof, checkpoint }: AddCheckpoint): string =>
  `${[`old ${old}`, ...proof.map((hash) => Buffer.from(hash).toString("base64"))].join("\n")}\n\n${checkpoint}`

/** @throws NoteError `proof` that says what is wrong with the body */
export const parseAddCheckpoint = (body: string): AddCheckpoint => {
  const end = body.indexOf("\n\n")
  const lines = body.slice(0, Math.max(end, 0)).split("\n")
  const old = /^old (0|[1-9][0-9]{0,15})$/.exec(lines.shift() ?? "")?.[1]
  if (end < 0 || old === undefined || !Number.isSafeInteger(Number(old)))
    throw new NoteError(
      "proof",
      "the body begins with a line `old SIZE`, then hashes, an empty line and the checkpoint (C2SP tlog-witness)",
    )
  if (lines.length > MAX_HASHES) throw new NoteError("proof", `more than ${MAX_HASHES} hashes`)
  const proof = lines.map((line) => {
    const bytes = Buffer.from(line, "base64")
    if (bytes.length !== HASH_BYTES || bytes.toString("base64") !== line)
      throw new NoteError("proof", "a line of the proof is no hash in base64")
    return new Uint8Array(bytes)
  })
  return { old: Number(old), proof, checkpoint: body.slice(end + 2) }
}
