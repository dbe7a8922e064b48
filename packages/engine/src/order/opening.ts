/** Commands that carry what they are about: one of them can make as many records as a whole batch of messages. */
import type { LogRecord } from "@assay/log"
import { decodeEntry, readable } from "@assay/schemas"

/** Messages have a key, and most of what has none is a tick. */
const MIN_BYTES = 256

const hasOpening = ({ key, value }: LogRecord): boolean => {
  if (key.length > 0 || value.length < MIN_BYTES) return false
  const body = readable(() => decodeEntry(value))?.body
  return body?.kind === "control" && body.tokens.some((token) => token.startsWith("~"))
}

/** The records up to the first such command, so that what one commit writes, and memory, is bounded by one of them. */
export const untilOpening = (records: ReadonlyArray<LogRecord>): ReadonlyArray<LogRecord> => {
  const first = records.findIndex(hasOpening)
  return first < 0 || first === records.length - 1 ? records : records.slice(0, first + 1)
}

/** Whether nothing may follow these in the same batch. */
export const endsWithOpening = (records: ReadonlyArray<LogRecord>): boolean => {
  const last = records.at(-1)
  return last !== undefined && hasOpening(last)
}
