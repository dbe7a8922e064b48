/**
 * Checkpoints (C2SP tlog-checkpoint 1.0.0): a signed note of the lines origin, tree size in decimal, root in base64. The
 * origin is the key's name. Extension lines are not recommended and are refused.
 */
import { HASH_BYTES, type Hash } from "./hash.ts"
import { NoteError } from "./note/error.ts"
import { type LogSigner, type OpenedNote, openSigned, signNote } from "./note/note.ts"
import type { VerifierKey } from "./note/vkey.ts"

export interface TreeHead {
  readonly origin: string
  readonly size: number
  readonly root: Hash
}

export const checkpointText = (head: TreeHead): string =>
  `${head.origin}\n${head.size}\n${Buffer.from(head.root).toString("base64")}\n`

/** @param more the log's other keys, while one takes the place of another */
export const signCheckpoint = (
  head: TreeHead,
  signer: LogSigner,
  more: ReadonlyArray<LogSigner> = [],
): Promise<string> => signNote(checkpointText(head), head.origin, signer, more)

/** Reads the text without any signature: for showing, never for trust. @throws NoteError */
export const readCheckpoint = (text: string): TreeHead => {
  const match = /^([^\n]+)\n(0|[1-9][0-9]{0,15})\n([A-Za-z0-9+/]{43}=)\n(?:$|\n— )/.exec(text)
  const root = Buffer.from(match?.[3] ?? "", "base64")
  const size = Number(match?.[2])
  if (match === null || root.length !== HASH_BYTES || !Number.isSafeInteger(size)) {
    throw new NoteError("checkpoint", "not a checkpoint")
  }
  const head = { origin: match[1]!, size, root: new Uint8Array(root) }
  if (!text.startsWith(checkpointText(head))) throw new NoteError("checkpoint", "the checkpoint is not in its one form")
  return head
}

/**
 * The tree head of a checkpoint that one of the log's keys has signed, which may have followed each other.
 * @param keys one at least
 * @throws NoteError what is wrong with it under the first key
 */
export const openCheckpointBy = (note: string, keys: ReadonlyArray<VerifierKey>): TreeHead => {
  let first: NoteError | null = null
  for (const key of keys) {
    try {
      return openCheckpoint(note, key)
    } catch (error) {
      if (!(error instanceof NoteError)) throw error
      first ??= error
    }
  }
  throw first ?? new NoteError("vkey", "no key is known")
}

/** The tree head of a checkpoint that the key has signed, and whose origin is the key's name. @throws NoteError */
export const openCheckpoint = (note: string, key: VerifierKey): TreeHead => openSignedCheckpoint(note, key).head

/** Rekor 1 names each of its trees after its own name, `<name> - <tree id>`, and signs with ECDSA; no other log does either. */
const isTreeOf = (origin: string, { name, key }: VerifierKey): boolean =>
  key.asymmetricKeyType === "ec" &&
  origin.startsWith(`${name} - `) &&
  /^[0-9]{1,20}$/.test(origin.slice(name.length + 3))

/** As `openCheckpoint`, with the text and its signature lines. @throws NoteError */
export const openSignedCheckpoint = (note: string, key: VerifierKey): OpenedNote & { readonly head: TreeHead } => {
  const opened = openSigned(note, key)
  const { text } = opened
  const head = readCheckpoint(text)
  if (checkpointText(head) !== text) throw new NoteError("checkpoint", "the checkpoint has extension lines")
  if (head.origin !== key.name && !isTreeOf(head.origin, key))
    throw new NoteError("checkpoint", `the checkpoint is of ${head.origin}, not of ${key.name}`)
  return { ...opened, head }
}
