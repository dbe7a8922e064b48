/** The anchors of one leaf of the anchor log: how they are found, and what they prove. */
import {
  buildProof,
  NoteError,
  parseProof,
  readCheckpoint,
  type TreeHead,
  type VerifierKey,
  verifyProof,
} from "@assay/transparency"
import { AnchorError } from "../error.ts"
import { type EvmAnchored, type EvmEvidence, evmEvidenceOf, verifyEvmEvidence } from "../evm/proof/evidence.ts"
import type { AnchorLog } from "../log/anchor-log.ts"

const MAX_ANCHORS = 16

export interface AnchoredPart {
  /** C2SP tlog-proof, of the leaf in the anchor log. */
  readonly inclusion: string
  readonly evidence: EvmEvidence
}

/** What one anchor proves, if its chain has the block. */
export interface AnchoredAt {
  /** Which leaf of the anchor log. */
  readonly leaf: number
  readonly head: TreeHead
  readonly evidence: EvmAnchored
}

const refuse = (why: string): AnchorError => new AnchorError("evidence", why)

/** @throws AnchorError `evidence` that says what is missing */
export const anchorsIn = (value: unknown): ReadonlyArray<AnchoredPart> => {
  if (!Array.isArray(value) || value.length === 0 || value.length > MAX_ANCHORS)
    throw refuse(`the file has not 1 to ${MAX_ANCHORS} anchors`)
  return value.map((anchor: Readonly<Record<string, unknown>> | null) => {
    const inclusion = anchor?.["inclusion"]
    const evidence = anchor?.["evidence"]
    if (typeof inclusion !== "string" || typeof evidence !== "object" || evidence === null)
      throw refuse("an anchor of the file lacks its inclusion or its evidence")
    return { inclusion, evidence: evmEvidenceOf(evidence as Readonly<Record<string, unknown>>) }
  })
}

/** @param entry the leaf itself. @throws AnchorError, NoteError that say why an anchor proves nothing */
export const verifyAnchors = (
  entry: Uint8Array,
  anchors: ReadonlyArray<AnchoredPart>,
  key: VerifierKey,
): ReadonlyArray<AnchoredAt> =>
  anchors.map(({ inclusion, evidence }) => {
    const { index, head } = verifyProof(inclusion, entry, key)
    if (parseProof(inclusion).checkpoint !== evidence.note)
      throw new NoteError("proof", "the evidence is of another checkpoint than the inclusion leads to")
    return { leaf: index, head, evidence: verifyEvmEvidence(evidence) }
  })

/** Of each chain the oldest evidence that covers leaf `at`. @throws MissingTileError */
export const anchorsAt = async (
  log: AnchorLog,
  at: number,
  evidence: ReadonlyArray<EvmEvidence>,
): Promise<ReadonlyArray<AnchoredPart>> => {
  const sized = evidence
    .map((one) => ({ one, size: readCheckpoint(one.note).size }))
    .filter(({ size }) => size > at && size <= (log.head?.size ?? 0))
    .sort((a, b) => a.size - b.size)
  const byPlace = Map.groupBy(sized, ({ one }) => `${one.kind} ${one.chain} ${one.contract.toLowerCase()}`)
  const anchors: Array<AnchoredPart> = []
  for (const [first] of byPlace.values())
    anchors.push({ inclusion: await buildProof(at, first!.one.note, log.tiles), evidence: first!.one })
  return anchors
}
