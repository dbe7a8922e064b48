/**
 * Which entries are not in a log's directory any more, beside its checkpoint, so that every reader of the directory sees it:
 *
 *   pruned.json   {"format":"assay-pruned/1","log":<origin>,"minimum":12800,"removed":12800,"retention":{..}}
 *
 * `minimum` is the minimum index of C2SP tlog-tiles: the first entry that the log still gives. Files of entries below `removed` are gone
 * for good, so the next call begins there; between the two a call may have ended in the middle. All tiles of hashes stay, so that every
 * proof can be built. Nobody signed this file, and it takes no check away: what it calls pruned is compared with the tiles by
 * the stored events, or by the archive.
 */
import { join } from "node:path"
import { TILE_WIDTH } from "../../tile/path.ts"
import { readOptional, writeDurable } from "../files.ts"
import { ArchiveError } from "./error.ts"
import { type Retention, retentionIn, retentionValue } from "./retention.ts"

export interface Pruned {
  /** The log's origin. */
  readonly log: string
  /** Leaves, a multiple of 256. */
  readonly minimum: number
  /** Likewise, at most `minimum`; 0 where it is not said. */
  readonly removed: number
  readonly retention: Retention
}

const FILE = "pruned.json"
const FORMAT = "assay-pruned/1"
const MAX_BYTES = 64 << 10

/** The first entry of a bundle. */
const isPlace = (value: unknown): value is number =>
  Number.isSafeInteger(value) && (value as number) >= 0 && (value as number) % TILE_WIDTH === 0

/** Null where nothing was ever pruned. @throws ArchiveError `retention` where the file is not in its form */
export const readPruned = async (directory: string): Promise<Pruned | null> => {
  const bytes = await readOptional(join(directory, FILE), MAX_BYTES)
  if (bytes === null) return null
  let members: Record<string, unknown> | null
  try {
    members = JSON.parse(Buffer.from(bytes).toString("utf8")) as Record<string, unknown> | null
  } catch (cause) {
    throw new ArchiveError("retention", `${FILE} is no JSON: ${(cause as Error).message}`)
  }
  const { format, log, minimum, removed = 0, retention } = members ?? {}
  if (format !== FORMAT || typeof log !== "string" || !isPlace(minimum) || !isPlace(removed) || removed > minimum)
    throw new ArchiveError("retention", `${FILE} is not of the format ${FORMAT}`)
  return { log, minimum, removed, retention: retentionIn(retention) }
}

/** Durable when it resolves. */
export const writePruned = (directory: string, { log, minimum, removed, retention }: Pruned): Promise<void> =>
  writeDurable(
    join(directory, FILE),
    Buffer.from(`${JSON.stringify({ format: FORMAT, log, minimum, removed, retention: retentionValue(retention) })}\n`),
  )
