/**
 * Proofs as text (C2SP tlog-proof): everything but the entry and the key, so that it is checked offline.
 * `c2sp.org/tlog-proof@v1`, `extra <base64>` (optional), `index <n>`, one base64 hash per line, an empty line, the checkpoint.
 */
import { openCheckpoint, readCheckpoint, type TreeHead } from "../checkpoint.ts"
import { HASH_BYTES, type Hash, leafHash } from "../hash.ts"
import { NoteError } from "../note/error.ts"
import type { VerifierKey } from "../note/vkey.ts"
import { nodesOf, type TileReader } from "../tile/nodes.ts"
import { buildInclusion } from "./build.ts"
import { verifyInclusion } from "./verify.ts"

const HEADER = "c2sp.org/tlog-proof@v1"
const MAX_HASHES = 64

export interface LogProof {
  readonly index: number
  readonly hashes: ReadonlyArray<Hash>
  /** The signed note, as published. */
  readonly checkpoint: string
  /** Opaque and NOT authenticated. */
  readonly extra: Uint8Array | null
}

export const formatProof = (proof: LogProof): string => {
  const extra = proof.extra === null ? [] : [`extra ${Buffer.from(proof.extra).toString("base64")}`]
  const hashes = proof.hashes.map((hash) => Buffer.from(hash).toString("base64"))
  return `${[HEADER, ...extra, `index ${proof.index}`, ...hashes].join("\n")}\n\n${proof.checkpoint}`
}

const base64 = (text: string): Buffer => {
  const bytes = Buffer.from(text, "base64")
  if (bytes.toString("base64") !== text) throw new NoteError("proof", "base64 that is not in its one form")
  return bytes
}

/** @throws NoteError */
export const parseProof = (text: string): LogProof => {
  const end = text.indexOf("\n\n")
  const lines = text.slice(0, Math.max(end, 0)).split("\n")
  if (end < 0 || lines.shift() !== HEADER) throw new NoteError("proof", "not a tlog-proof")
  const extra = lines[0]?.startsWith("extra ") ? base64(lines.shift()!.slice(6)) : null
  const index = /^index (0|[1-9][0-9]{0,15})$/.exec(lines.shift() ?? "")
  if (index === null || lines.length > MAX_HASHES)
    throw new NoteError("proof", "the proof names no index, or too many hashes")
  const hashes = lines.map(base64)
  if (hashes.some((hash) => hash.length !== HASH_BYTES)) throw new NoteError("proof", "a hash has not 32 bytes")
  return { index: Number(index[1]), hashes, checkpoint: text.slice(end + 2), extra }
}

/** Proves the entry at `index` under this checkpoint. @throws NoteError, RangeError; rejects with MissingTileError */
export const buildProof = async (index: number, checkpoint: string, tiles: TileReader): Promise<string> => {
  const { size } = readCheckpoint(checkpoint)
  const hashes = await buildInclusion(nodesOf(tiles, size), index, size)
  return formatProof({ index, hashes, checkpoint, extra: null })
}

/** Whether a log of this key holds exactly this entry. Returns where. @throws NoteError that says why not */
export const verifyProof = (
  text: string,
  entry: Uint8Array,
  key: VerifierKey,
): { readonly index: number; readonly head: TreeHead } => {
  const proof = parseProof(text)
  const head = openCheckpoint(proof.checkpoint, key)
  if (!verifyInclusion(leafHash(entry), proof.index, head.size, head.root, proof.hashes)) {
    throw new NoteError("proof", `the entry is not leaf ${proof.index} of this tree`)
  }
  return { index: proof.index, head }
}
