/**
 * One file that a device carries beside its passport: that it was enrolled (or revoked) when a block was made, checked offline.
 * The same says of reference values that they were in force for firmware then.
 *
 *   {"format":"assay-member/1","device":"<DID>","set":"enrolled","membership":"<tlog-proof>","anchors":[..]}
 *   {"format":"assay-member/1","item":"sha256:<hex>","set":"firmware","membership":"<tlog-proof>","anchors":[..]}
 *
 * `membership` leads from the member's entry to the signed head of the set, which is a leaf of the anchor log; `anchors` as in an
 * anchored file. The set of enrolled devices holds none that was revoked by then.
 */

import { parseProof, type TreeHead, type VerifierKey, verifyProof } from "@assay/transparency"
import { AnchorError } from "../error.ts"
import type { AnchorLog } from "../log/anchor-log.ts"
import {
  type AnchoredAt,
  type AnchoredPart,
  anchorsAt,
  anchorsIn,
  type EvidenceSource,
  verifyAnchors,
} from "../proof/anchored.ts"
import { membersOf } from "../proof/file.ts"
import { memberEntry, SETS, type SetName, setKey } from "./set.ts"
import { readSet } from "./store.ts"

const FORMAT = "assay-member/1"
const MAX_MEMBER = 2_048

export interface MemberFile {
  /** The DID of a device; in the set `firmware` `sha256:<hex>` of an item. */
  readonly member: string
  readonly set: SetName
  readonly membership: string
  readonly anchors: ReadonlyArray<AnchoredPart>
}

export interface ProvenMember {
  readonly member: string
  readonly set: SetName
  /** Of the set. */
  readonly head: TreeHead
  readonly anchors: ReadonlyArray<AnchoredAt>
}

/** What a member is called in the file. */
const nameIn = (set: SetName): "device" | "item" => (set === "firmware" ? "item" : "device")

export const formatMemberFile = ({ member, ...file }: MemberFile): string =>
  `${JSON.stringify({ format: FORMAT, [nameIn(file.set)]: member, ...file }, null, 2)}\n`

/** Whether a text is of this format, and not of an event's. */
export const isMemberFile = (text: string): boolean => text.includes(`"${FORMAT}"`)

/** @throws AnchorError `evidence` that says what the file lacks */
const parseMemberFile = (text: string): MemberFile => {
  const { set, membership, anchors, ...others } = membersOf(text, FORMAT)
  const known = SETS.find((name) => name === set)
  const member = known === undefined ? undefined : others[nameIn(known)]
  if (typeof member !== "string" || member.length > MAX_MEMBER || known === undefined || typeof membership !== "string")
    throw new AnchorError("evidence", "the file lacks the device or item, the set or the membership")
  return { member, set: known, membership, anchors: anchorsIn(anchors) }
}

/** What the file proves by itself. @param anchorKey of the anchor log. @throws AnchorError, NoteError */
export const verifyMemberFile = (text: string, anchorKey: VerifierKey): ProvenMember => {
  const { member, set, membership, anchors } = parseMemberFile(text)
  const { head } = verifyProof(membership, memberEntry(member), setKey(anchorKey, set))
  const note = Buffer.from(parseProof(membership).checkpoint)
  return { member, set, head, anchors: verifyAnchors(note, anchors, anchorKey) }
}

/**
 * @param directory of the sets that are kept
 * @returns the newest anchored proof about the member; null where no anchored set has it
 * @throws AnchorError `state`, `log`; MissingTileError
 */
export const memberFileOf = async (
  log: AnchorLog,
  directory: string,
  member: string,
  sources: ReadonlyArray<EvidenceSource>,
): Promise<MemberFile | null> => {
  let newest: (MemberFile & { readonly at: number }) | null = null
  for (const set of SETS)
    for await (const { at, note, head } of log.checkpointsOf(setKey(log.key, set).name)) {
      if (newest !== null && newest.at > at) break
      const anchors = await anchorsAt(log, at, sources)
      const members = anchors.length === 0 ? null : await readSet(directory, set, head.root)
      if (members === null) continue
      // The newest set that is anchored and kept: an older one would say what was before.
      const membership = await members.prove(member, note)
      if (membership !== null) newest = { at, member, set, membership, anchors }
      break
    }
  if (newest === null) return null
  const { at: _, ...file } = newest
  return file
}
