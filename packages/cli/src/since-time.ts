/** `--since TIME`: a date, or a date with a time. */
import { UsageError } from "./command.ts"

/** @returns milliseconds since 1970 @throws UsageError */
export const sinceOf = (text: string): number => {
  const ms = /^\d{4}-\d\d-\d\d/.test(text) ? Date.parse(text) : Number.NaN
  if (Number.isNaN(ms))
    throw new UsageError(
      `--since takes a date or a time, for example 2026-11-28T09:00:00Z, not ${JSON.stringify(text)}`,
    )
  return ms
}
