/** How a call names a time in the past: so long ago, or an instant. */
import { UsageError } from "./command.ts"

const UNITS: Readonly<Record<string, number>> = { s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 }

/**
 * @param text `90s`, `30m`, `24h`, `7d`, or an instant by ISO 8601 with its zone
 * @param now milliseconds since 1970
 * @param option that it was given as
 * @returns milliseconds since 1970
 * @throws UsageError
 */
export const sinceOf = (text: string, now: number, option = "since"): number => {
  const [, count, unit] = /^(\d{1,6})([smhd])$/.exec(text) ?? []
  if (count !== undefined) return now - Number(count) * UNITS[unit!]!
  const instant = /^\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d{1,3})?)?(Z|[+-]\d\d:\d\d)$/.test(text)
    ? Date.parse(text)
    : Number.NaN
  if (Number.isNaN(instant))
    throw new UsageError(
      `--${option} takes a time like 12h or 7d, or an instant like 2026-01-31T08:00:00Z, not ${JSON.stringify(text)}`,
    )
  return instant
}
