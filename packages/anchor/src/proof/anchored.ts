/** The anchors of one leaf of the anchor log: how they are found, and what they prove. */
import { buildProof, NoteError, parseProof, type TreeHead, type VerifierKey, verifyProof } from "@assay/transparency"
import { AnchorError } from "../error.ts"
import { type EvmAnchored, type EvmEvidence, evmEvidenceOf, verifyEvmEvidence } from "../evm/proof/evidence.ts"
import type { AnchorLog } from "../log/anchor-log.ts"
import { type OtsAnchored, type OtsEvidence, otsEvidenceOf, verifyOtsEvidence } from "../ots/evidence.ts"

const MAX_ANCHORS = 16

/** Of whichever place. */
export type Evidence = EvmEvidence | OtsEvidence

/** What evidence proves by itself. */
export type Anchored =
  | ({ readonly kind: "evm" } & EvmAnchored)
  | { readonly kind: "opentimestamps"; readonly blocks: ReadonlyArray<OtsAnchored> }

export interface AnchoredPart {
  /** C2SP tlog-proof, of the leaf in the anchor log. */
  readonly inclusion: string
  readonly evidence: Evidence
}

/** What one anchor proves, if its chain has the block. */
export interface AnchoredAt {
  /** Which leaf of the anchor log. */
  readonly leaf: number
  readonly head: TreeHead
  readonly evidence: Anchored
}

const refuse = (why: string): AnchorError => new AnchorError("evidence", why)

const evidenceOf = (members: Readonly<Record<string, unknown>>): Evidence =>
  members["kind"] === "opentimestamps" ? otsEvidenceOf(members) : evmEvidenceOf(members)

const verifyEvidence = (evidence: Evidence): Anchored =>
  evidence.kind === "evm"
    ? { kind: "evm", ...verifyEvmEvidence(evidence) }
    : { kind: "opentimestamps", blocks: verifyOtsEvidence(evidence) }

/** @throws AnchorError `evidence` that says what is missing */
export const anchorsIn = (value: unknown): ReadonlyArray<AnchoredPart> => {
  if (!Array.isArray(value) || value.length === 0 || value.length > MAX_ANCHORS)
    throw refuse(`the file has not 1 to ${MAX_ANCHORS} anchors`)
  return value.map((anchor: Readonly<Record<string, unknown>> | null) => {
    const inclusion = anchor?.["inclusion"]
    const evidence = anchor?.["evidence"]
    if (typeof inclusion !== "string" || typeof evidence !== "object" || evidence === null)
      throw refuse("an anchor of the file lacks its inclusion or its evidence")
    return { inclusion, evidence: evidenceOf(evidence as Readonly<Record<string, unknown>>) }
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
    return { leaf: index, head, evidence: verifyEvidence(evidence) }
  })

/** The evidence of one place, by the leaves of the anchor log that it covers. It grows by a file for each head, so it is not read as a whole. */
export interface EvidenceSource {
  /** Of heads, smallest first. */
  sizes(): ReadonlyArray<number>
  /** @returns null where there is none (yet). @throws AnchorError `evidence` where the file is none */
  read(size: number): Promise<Evidence | null>
}

/** Of each place the oldest evidence that covers leaf `at`. @throws AnchorError, MissingTileError */
export const anchorsAt = async (
  log: AnchorLog,
  at: number,
  sources: ReadonlyArray<EvidenceSource>,
): Promise<ReadonlyArray<AnchoredPart>> => {
  const anchors: Array<AnchoredPart> = []
  for (const source of sources) {
    const evidence = await oldestOver(at, log.head?.size ?? 0, source)
    if (evidence !== null) anchors.push({ inclusion: await buildProof(at, evidence.note, log.tiles), evidence })
  }
  return anchors
}

const oldestOver = async (at: number, limit: number, source: EvidenceSource): Promise<Evidence | null> => {
  for (const size of source.sizes()) {
    if (size <= at || size > limit) continue
    const evidence = await source.read(size)
    if (evidence !== null) return evidence
  }
  return null
}
