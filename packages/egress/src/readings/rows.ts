/**
 * A decided message as rows of readings. Pure, so that a repeat gives the same rows.
 * docs/guides/data-platforms.md says what each column means.
 */
import { readDataValues } from "@assay/message"
import type { ReadingRow } from "@assay/schemas"
import type { AssayedMessage, Reading } from "@assay/trust"
import { zoneOf } from "@assay/trust/kit"

/** Version of the row: raised when a column comes to be. */
export const READING_ROW_VERSION = 1

const NO_DATA: ReadonlyArray<Uint8Array | null> = []

const hasValue = ({ value, text, flag }: Reading): boolean => value !== null || text !== null || flag !== null

/** Microseconds; null where no safe integer holds them, which is some 285 years from 1970. */
const microsOf = (seconds: number): number | null => {
  const micros = Math.round(seconds * 1e6)
  return Number.isSafeInteger(micros) ? micros : null
}

/**
 * @returns nothing for a message without readings, and for one that is held
 * @throws TypeError where the message is not decided, or nobody signed it
 */
export const readingRows = (message: AssayedMessage): ReadonlyArray<ReadingRow> => {
  const { origin, time, claims, subject, decision, readings } = message
  if (decision === null) throw new TypeError("the message is not decided")
  const { outcome, kind, trust, reputation } = decision
  if (outcome !== "verified" && outcome !== "annotated") return []
  if (claims === null) throw new TypeError("the message names no device")
  // What has data alone stands in the signed bytes only: read again where a message has such a reading.
  const data = readings.every(hasValue) ? NO_DATA : readDataValues(message.envelope.bytes, claims.iat)
  const zone = zoneOf(message)
  return readings.map(({ name, unit, value, text, flag, time: measured }, position) => ({
    schemaVersion: READING_ROW_VERSION,
    outcome,
    kind: kind === "original" ? "original" : "released",
    device: claims.iss,
    vendor: subject?.vendor ?? null,
    class: subject?.class ?? null,
    zone,
    name,
    unit,
    value,
    text,
    flag,
    data: data[position] ?? null,
    measuredAt: microsOf(measured),
    ingestedAt: time,
    trust,
    reputation,
    originEpoch: origin.epoch,
    originPartition: origin.partition,
    originOffset: origin.offset,
    position,
  }))
}
