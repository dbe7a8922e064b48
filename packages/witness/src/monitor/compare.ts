/** Whether one signed head is of the tree of another: verified, or proven to be a fork, or neither can be shown. */
import {
  buildConsistency,
  equalHash,
  type Fork,
  MissingTileError,
  nodesOf,
  rootAt,
  type TileReader,
  type TreeHead,
  verifyConsistency,
} from "@assay/transparency"

/** A head with the note that it was signed in. */
export interface SignedHead {
  readonly head: TreeHead
  readonly note: string
}

export type Compared =
  | { readonly kind: "consistent" }
  /** Both are signed, and contradict each other. */
  | { readonly kind: "fork"; readonly fork: Fork }
  /** The tiles do not lead to the larger head: they are missing, or not what was signed. */
  | { readonly kind: "unproven"; readonly text: string }

/**
 * @param small of at most as many leaves as `large`
 * @param tiles of the log that `large` was shown with
 */
export const compareHeads = async (small: SignedHead, large: SignedHead, tiles: TileReader): Promise<Compared> => {
  const [from, to] = [small.head, large.head]
  if (from.size === to.size)
    return equalHash(from.root, to.root)
      ? { kind: "consistent" }
      : { kind: "fork", fork: { a: small.note, b: large.note, prefix: null, proof: [] } }
  try {
    const nodes = nodesOf(tiles, to.size)
    const proof = await buildConsistency(nodes, from.size, to.size)
    if (verifyConsistency(from.size, from.root, to.size, to.root, proof)) return { kind: "consistent" }
    const prefix = await rootAt(nodes, from.size)
    if (!equalHash(prefix, from.root) && verifyConsistency(from.size, prefix, to.size, to.root, proof))
      return { kind: "fork", fork: { a: small.note, b: large.note, prefix, proof } }
  } catch (cause) {
    if (cause instanceof MissingTileError) return { kind: "unproven", text: cause.message }
    throw cause
  }
  return { kind: "unproven", text: `the tiles do not make the signed root of ${to.size} leaves` }
}
