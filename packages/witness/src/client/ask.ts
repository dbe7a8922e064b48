/** Asks one witness for its cosignature on one checkpoint (C2SP tlog-witness). */
import {
  buildConsistency,
  formatAddCheckpoint,
  formatSignature,
  MissingTileError,
  NoteError,
  nodesOf,
  openCheckpoint,
  openCosignature,
  openSigned,
  type PolicyWitness,
  type TileReader,
  type VerifierKey,
} from "@assay/transparency"
import { below, CallError, call } from "./http.ts"

const MAX_ANSWER = 64 << 10

/** Why a witness gave none. `conflict`: it knows more leaves than there are, or another tree: somebody must look. */
export type Refusal = "unreachable" | "refused" | "conflict"

export type Asked =
  | { readonly line: string; readonly time: number }
  | { readonly refusal: Refusal; readonly text: string; readonly size: number | null }

export interface AskOptions {
  readonly witness: PolicyWitness & { readonly url: string }
  readonly log: VerifierKey
  /** The signed checkpoint. */
  readonly note: string
  readonly tiles: TileReader
  /** Leaves of the checkpoint that this witness is thought to have cosigned last. */
  readonly old: number
  readonly timeoutMs: number
}

const refused = (refusal: Refusal, text: string, size: number | null = null): Asked => ({ refusal, text, size })

/** Where the witness says that it knows another size, it is asked once more, from there. @throws NoteError where `note` is none of the log's */
export const askWitness = async (options: AskOptions): Promise<Asked> => {
  const { size } = openCheckpoint(options.note, options.log)
  const first = await askFrom(options, Math.min(options.old, size), size)
  if (!("refusal" in first) || first.size === null || first.size > size || first.size === options.old) return first
  return askFrom(options, first.size, size)
}

const askFrom = async (options: AskOptions, old: number, size: number): Promise<Asked> => {
  const { witness, note, tiles, timeoutMs } = options
  try {
    const proof = await buildConsistency(nodesOf(tiles, size), old, size)
    const body = formatAddCheckpoint({ old, proof, checkpoint: note })
    const answer = await call(below(witness.url, "add-checkpoint"), { timeoutMs, maxBytes: MAX_ANSWER, body })
    const text = Buffer.from(answer.body).toString("utf8")
    if (answer.status === 200) return cosignatureIn(options, text)
    if (answer.status === 409) return conflict(witness.name, answer.type, text, size)
    return refused("refused", `witness ${witness.name} answers ${answer.status}: ${text.slice(0, 200).trim()}`)
  } catch (cause) {
    if (cause instanceof CallError) return refused("unreachable", cause.message)
    if (cause instanceof NoteError) return refused("refused", `witness ${witness.name}: ${cause.message}`)
    if (cause instanceof MissingTileError)
      return refused("refused", `no proof for witness ${witness.name}: ${cause.message}`)
    throw cause
  }
}

const conflict = (name: string, type: string, text: string, size: number): Asked => {
  const known = /^text\/x\.tlog\.size(;|$)/.test(type) ? /^(0|[1-9][0-9]{0,15})\n$/.exec(text)?.[1] : undefined
  if (known === undefined)
    return refused("conflict", `witness ${name} knows another tree of ${size} leaves: ${text.slice(0, 1_000).trim()}`)
  const cosigned = Number(known)
  if (cosigned <= size) return refused("refused", `witness ${name} knows ${cosigned} leaves`, cosigned)
  return refused(
    "conflict",
    `witness ${name} says that it cosigned ${cosigned} leaves, and ${size} are published here: the log was put back to an older copy, or its key signs elsewhere`,
    cosigned,
  )
}

/** The witness' own line among those of the answer; what others put there is left out. @throws NoteError */
const cosignatureIn = ({ witness, log, note }: AskOptions, answer: string): Asked => {
  // With the checkpoint before it, as the specification has it: a body that holds anything but signature lines is refused.
  const { text, unverified } = openSigned(`${note}${answer}`, log)
  const { time } = openCosignature(text, unverified, witness.key)
  const own = unverified.find(({ name, id }) => name === witness.key.name && id === witness.key.id)!
  return { line: formatSignature(own), time }
}
