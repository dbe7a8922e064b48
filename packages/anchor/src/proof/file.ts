/**
 * One file that leads from an event to a chain, for somebody who has nothing else but two verifier keys and a node of his own:
 *
 *   {"format":"assay-anchored/1","proof":"<tlog-proof>","anchors":[{"inclusion":"<tlog-proof>","evidence":{..}},..]}
 *
 * `proof` is what `assay prove` writes: event -> leaf -> checkpoint of the partition's log. `inclusion` (C2SP tlog-proof) leads from
 * that checkpoint, byte for byte a leaf of the anchor log, to the anchor log's checkpoint; `evidence` from there to a block.
 */
import {
  type Proven,
  parseProof,
  readCheckpoint,
  type TreeHead,
  type VerifierKey,
  verifyProofFile,
} from "@assay/transparency"
import { AnchorError } from "../error.ts"
import { type AnchoredAt, type AnchoredPart, anchorsIn, verifyAnchors } from "./anchored.ts"

const FORMAT = "assay-anchored/1"
/** A proof has 32 MiB at most. */
const MAX_FILE = 48 << 20

export interface AnchoredFile {
  readonly proof: string
  readonly anchors: ReadonlyArray<AnchoredPart>
}

export interface ProvenAnchored {
  readonly event: Proven
  /** The partition's checkpoint. */
  readonly checkpoint: TreeHead
  readonly anchors: ReadonlyArray<AnchoredAt>
}

export const formatAnchoredFile = ({ proof, anchors }: AnchoredFile): string =>
  `${JSON.stringify({ format: FORMAT, proof, anchors }, null, 2)}\n`

/** The members of a file of this format. @throws AnchorError `evidence` */
export const membersOf = (text: string, format: string): Readonly<Record<string, unknown>> => {
  let members: Readonly<Record<string, unknown>> | null = null
  try {
    if (text.length <= MAX_FILE) members = JSON.parse(text) as typeof members
  } catch {
    // Not ours then, as any other text.
  }
  if (members?.["format"] === format) return members
  throw new AnchorError("evidence", `the file is not of the format ${format}`)
}

/** @throws AnchorError `evidence` that says what the file lacks */
export const parseAnchoredFile = (text: string): AnchoredFile => {
  const { proof, anchors } = membersOf(text, FORMAT)
  if (typeof proof !== "string") throw new AnchorError("evidence", "the file lacks the proof of the event")
  return { proof, anchors: anchorsIn(anchors) }
}

/** The log that the proof names, to find its key by. @throws AnchorError, NoteError */
export const originIn = (text: string): string =>
  readCheckpoint(parseProof(parseAnchoredFile(text).proof).checkpoint).origin

/**
 * What the file proves by itself: all but that a chain has the block, which the caller asks a node of its own.
 * @param key of the partition's log
 * @param anchorKey of the anchor log
 * @throws AnchorError, NoteError that say why it proves nothing
 */
export const verifyAnchoredFile = (text: string, key: VerifierKey, anchorKey: VerifierKey): ProvenAnchored => {
  const { proof, anchors } = parseAnchoredFile(text)
  const event = verifyProofFile(proof, key)
  const note = Buffer.from(parseProof(proof).checkpoint)
  return { event, checkpoint: event.head, anchors: verifyAnchors(note, anchors, anchorKey) }
}
