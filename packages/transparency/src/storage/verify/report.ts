/** What verification of a log's directory found. */
import type { EventId } from "../../leaf.ts"
import type { CosignedHead } from "../../witness/cosigned.ts"

/**
 * - `event-altered`: the stored audit event is not the one that was sealed
 * - `event-missing`: a sealed event is no longer stored; `event-inserted`: a stored event was never sealed there
 * - `event-moved`: a sealed event is stored, but at another place
 * - `entry-archived`: the entry of the leaf was pruned, the stored event does not make it any more since its device has no key, and no
 *   archive was given that has the entry
 * - `entry-altered`: the log's entry was changed; the event and the tree agree
 * - `tile-altered`: the tree's leaf hash was changed; event and entry agree
 * - `leaf-altered`: event and entry agree with each other, but not with the tree: both were changed
 * - `node-altered`: an upper tile is not made of the tiles below
 * - `erasure-unproven`: the key of the leaf's device is gone, and no signed erasure in the log says why; or an erasure that is
 *   not signed as it must be
 * - `erasure-undone`: an erasure was signed and accepted, and the key that it names was not destroyed
 * - `unreadable`: a tile or bundle is missing or torn
 * - `root`: the whole tree is not the one that the checkpoint was signed for
 * - `checkpoint`: there is none, it is not signed by the key, or its size does not fit
 * - `stamp-altered`: when the log stamped a record is not what it was: it lies before its predecessor's, or is not the one that was
 *   recorded with the checkpoint
 * - `witness`: the witnesses that the policy asks for have not cosigned any checkpoint
 * - `history`: the tree does not continue the earlier checkpoint: what was sealed then has been rewritten
 */
export type FindingKind =
  | "event-altered"
  | "event-missing"
  | "event-inserted"
  | "event-moved"
  | "entry-altered"
  | "entry-archived"
  | "tile-altered"
  | "leaf-altered"
  | "node-altered"
  | "erasure-unproven"
  | "erasure-undone"
  | "unreadable"
  | "root"
  | "checkpoint"
  | "stamp-altered"
  | "witness"
  | "history"

export interface Finding {
  readonly kind: FindingKind
  /** The exact leaf, or null where the finding is about the whole. */
  readonly leaf: number | null
  /** The event of that leaf, where it is known. */
  readonly event: EventId | null
  /** One sentence for people. */
  readonly text: string
}

export interface Report {
  /** No finding. Says nothing about a rewritten past unless `anchored`. */
  readonly intact: boolean
  /** Whether an earlier checkpoint from outside was compared; without it the log is self-consistent only. */
  readonly anchored: boolean
  readonly origin: string
  /** Leaves under the checkpoint, and how many of them were compared with their event. */
  readonly size: number
  readonly compared: number
  /** The first leaf whose entry the directory still has: those below were pruned; 0 where nothing was. */
  readonly minimum: number
  /** Leaves whose entry was pruned, and that no archive was given for: they were compared by the stored event and the tiles. */
  readonly pruned: number
  /**
   * Leaves of erased devices: their place and statement are compared. The rest of their events (device, digest, verdicts, detail)
   * no longer can be: the key that their commitment was salted with is gone. Only that they name one device is.
   */
  readonly erased: number
  /** Stored events that no checkpoint covers yet. */
  readonly unsealed: number
  /** The offset of audit.events behind the last event that stands for a leaf. Events from there on are vouched for by nothing. */
  readonly sealedTo: number
  /** At most `maxFindings`; the worst lie first in the log. */
  readonly findings: ReadonlyArray<Finding>
  /** The newest checkpoint that the policy's witnesses cosigned; null where no policy was given, or none is there. */
  readonly witnessed: CosignedHead | null
  /** More were found than are listed. */
  readonly truncated: boolean
  /** One sentence for people. */
  readonly summary: string
}
