/** Points in time, durations and daily windows as people write them in a policy. In UTC, but for windows that name a time zone. */
import { LIMITS } from "./limits.ts"
import type { Problems } from "./problem.ts"
import type { Located } from "./source.ts"

const INSTANT = /^\d{4}-\d{2}-\d{2}(T\d{2}:\d{2}:\d{2}Z)?$/
const DURATION = /^([1-9]\d{0,7})(ms|s|m|h)$/
const WINDOW = /^([01]\d|2[0-3]):([0-5]\d)-(?:([01]\d|2[0-3]):([0-5]\d)|(24):(00))(?: (\S+))?$/
/** As the tz database names zones; that there is such a zone is asked when the policy is checked and signed. */
export const ZONE = /^[A-Za-z][A-Za-z0-9_+-]{0,31}(?:\/[A-Za-z0-9_+-]{1,32}){0,2}$/
const UNIT_MS: Record<string, number> = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000 }

const said = (node: Located): string => (node.kind === "scalar" ? JSON.stringify(node.value) : `a ${node.kind}`)

/** `2027-01-31` or `2027-01-31T12:00:00Z` as milliseconds since 1970. */
export const instant = (node: Located, problems: Problems): number | null => {
  if (node.kind === "scalar" && typeof node.value === "string" && INSTANT.test(node.value)) {
    const ms = Date.parse(node.value)
    // Date.parse rolls 30 February over into March; a date that does not come back as written does not exist.
    if (Number.isFinite(ms) && new Date(ms).toISOString().startsWith(node.value.replace("Z", ""))) return ms
  }
  problems.error(node.at, `found ${said(node)}`, "write a date in UTC, for example 2027-01-31T12:00:00Z")
  return null
}

/** `90s`, `10m`, `1h` as milliseconds, up to 24 hours. */
export const duration = (node: Located, problems: Problems): number | null => {
  const parts = node.kind === "scalar" && typeof node.value === "string" ? DURATION.exec(node.value) : null
  const ms = parts === null ? 0 : Number(parts[1]) * (UNIT_MS[parts[2] ?? ""] ?? 0)
  if (ms > 0 && ms <= LIMITS.durationMs) return ms
  problems.error(node.at, `found ${said(node)}`, "write a duration of at most 24h, for example 10m")
  return null
}

/**
 * `06:00-22:00` as minutes of the UTC day, from inclusive, to exclusive; `22:00-06:00` passes midnight. With the name of a
 * time zone behind it (`06:00-22:00 Europe/Berlin`), of the day there.
 */
export const dailyWindow = (
  node: Located,
  problems: Problems,
): { readonly from: number; readonly to: number; readonly zone?: string } | null => {
  const p = node.kind === "scalar" && typeof node.value === "string" ? WINDOW.exec(node.value) : null
  if (p !== null) {
    const from = Number(p[1]) * 60 + Number(p[2])
    const to = Number(p[3] ?? p[5]) * 60 + Number(p[4] ?? p[6])
    const zone = p[7]
    if (from !== to && (zone === undefined || ZONE.test(zone)))
      return zone === undefined ? { from, to } : { from, to, zone }
  }
  problems.error(
    node.at,
    `found ${said(node)}`,
    "write two times of the day, for example 06:00-22:00 for UTC, or 06:00-22:00 Europe/Berlin",
  )
  return null
}
