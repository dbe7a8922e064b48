/**
 * Shows a stage's state to people: bytes by their number, everything else as it is. Some states keep bytes in a string, one to
 * a character (identity's memory of counters): text that is meant to be read has no control characters.
 */
import type { AnyStage } from "@assay/trust"

/** A control character that is no white space. */
const UNREADABLE = /[^\P{Cc}\s]/u

const plain = (_key: string, value: unknown): unknown => {
  if (ArrayBuffer.isView(value))
    return value instanceof Uint8Array ? `${value.length} bytes` : Array.from(value as unknown as Iterable<number>)
  if (typeof value === "string" && UNREADABLE.test(value)) return `${value.length} bytes`
  if (value instanceof Map) return Object.fromEntries(value)
  if (value instanceof Set) return [...value]
  return value
}

export const describeState = (_stage: AnyStage, state: unknown): unknown => JSON.parse(JSON.stringify(state, plain))
