/** Reads a range of a partition's log: its leaves, what opens its decisions, and the rows of what was decided as wanted. */
import type { ReadingRow } from "@assay/schemas"
import {
  decodeLeaf,
  type eventOf,
  type Frontier,
  leafHash,
  NO_DEVICE,
  saltOf,
  statementOf,
  statementSaltOf,
} from "@assay/transparency"
import type { KeyReader } from "@assay/transparency/storage"
import { erasedIn, formatOrigin } from "@assay/trust"
import type { DecidedRecords } from "./decided-records.ts"
import { type LeafEvidence, NO_BYTES } from "./evidence.ts"
import { rowsOf } from "./record.ts"

type SealedEvent = ReturnType<typeof eventOf>

/** A leaf beside its record of audit.events. */
export interface SealedLeaf {
  readonly leaf: Uint8Array
  /** Null for the first leaf of a successor: the checkpoint of the log before it. */
  readonly event: SealedEvent | null
  /** The record of audit.events, byte for byte. */
  readonly record: Uint8Array
}

export interface Gathered {
  readonly evidence: ReadonlyArray<LeafEvidence>
  readonly rows: ReadonlyArray<ReadingRow>
  readonly messages: number
  readonly withheld: number
  /** Pseudonyms of devices whose erasure is among the leaves, hex. */
  readonly erasures: ReadonlyArray<string>
}

/** The record that a decision vouches for is not in its stream, though nobody erased the device. */
export class MissingRecordError extends Error {
  override readonly name = "MissingRecordError"
}

/** Rows and leaves of one range are held in memory. */
export const MAX_LEAVES = 16_384
export const MAX_ROWS = 250_000

/**
 * @param leaves those that are left, in order; at most `MAX_LEAVES` are taken
 * @param frontier of what lies before; it is moved on
 * @param streams by the outcome that is wanted
 * @throws MissingRecordError; Error where the log has no key of its own
 */
export const gather = async (
  leaves: AsyncIterator<SealedLeaf>,
  frontier: Frontier,
  keys: KeyReader,
  streams: ReadonlyMap<string, DecidedRecords>,
): Promise<Gathered> => {
  const log = keys.get(NO_DEVICE)
  const evidence: Array<LeafEvidence> = []
  const rows: Array<ReadingRow> = []
  const erasures: Array<string> = []
  let messages = 0
  let withheld = 0
  while (evidence.length < MAX_LEAVES && rows.length < MAX_ROWS) {
    const { value: one, done } = await leaves.next()
    if (done === true) break
    const { leaf, event, record } = one
    frontier.append(leafHash(leaf))
    if (event === null) {
      evidence.push({ leaf, salt: NO_BYTES, kind: "none", opening: NO_BYTES, record: NO_BYTES })
      continue
    }
    const decision = event.kind === "decision" ? event.event : null
    const erased = event.event === null ? null : erasedIn(event.event)
    if (decision === null && erased === null) {
      evidence.push({ leaf, salt: NO_BYTES, kind: "none", opening: NO_BYTES, record: NO_BYTES })
      continue
    }
    if (log === null) throw new Error("the log's own key is not there: name the directory in which the log is sealed")
    if (decision === null) {
      // Tells offline that what is left out had to be. It names the device by its pseudonym alone.
      erasures.push(erased!)
      evidence.push({ leaf, salt: saltOf(log.key, event), kind: "event", opening: record, record: NO_BYTES })
      continue
    }
    const opened: Pick<LeafEvidence, "kind" | "salt" | "opening"> =
      event.device === NO_DEVICE
        ? { kind: "event", salt: saltOf(log.key, event), opening: record }
        : { kind: "statement", salt: statementSaltOf(log.key, event), opening: statementOf(decision) }
    const stream = decision.record === null ? undefined : streams.get(decision.decision?.outcome ?? "")
    const found = stream === undefined ? null : await stream.find(decision.record!)
    // Not by the device's name: one that came back after its erasure has another key.
    const isErased = stream !== undefined && keys.isErased(decodeLeaf(leaf).pseudonym)
    if (stream !== undefined && found === null && !isErased)
      throw new MissingRecordError(
        `the record of ${formatOrigin(event.origin)} is not in its stream any more, or was changed: assay verify --streams says which`,
      )
    evidence.push({ leaf, ...opened, record: found === null || isErased ? NO_BYTES : found })
    if (stream === undefined) continue
    if (found === null || isErased) withheld += 1
    else {
      const made = rowsOf(found)
      if (made.length > 0) messages += 1
      for (const row of made) rows.push(row)
    }
  }
  return { evidence, rows, messages, withheld, erasures }
}
