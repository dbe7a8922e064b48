/**
 * What a log keeps in its own directory, as its operator states it. Without a stated retention a log must not be pruned (C2SP
 * tlog-tiles, "Retention Policies"):
 *
 *   {"format":"assay-retention/1","keep":"90d","witnessed":true,"anchored":false}
 *
 * `keep`: the entries of so many minutes, hours or days stay (30m, 12h, 90d). `witnessed`, `anchored`: entries go only where the
 * witnesses of a policy have cosigned a checkpoint over them, where an anchor on a chain covers them.
 */
import { ArchiveError } from "./error.ts"

export interface Retention {
  /** As it was stated. */
  readonly keep: string
  readonly keepMs: number
  readonly witnessed: boolean
  readonly anchored: boolean
}

const FORMAT = "assay-retention/1"
const UNITS: Readonly<Record<string, number>> = { m: 60_000, h: 3_600_000, d: 86_400_000 }
const MEMBERS = ["format", "keep", "witnessed", "anchored"]
export const MAX_RETENTION_BYTES = 4096

const refuse = (what: string): ArchiveError => new ArchiveError("retention", what)

/** What stands in a file, as a parsed value. @throws ArchiveError */
export const retentionIn = (value: unknown): Retention => {
  if (typeof value !== "object" || value === null) throw refuse("a retention is a JSON object")
  const members = value as Record<string, unknown>
  const { format, keep, witnessed, anchored } = members
  if (format !== FORMAT) throw refuse(`a retention has "format":"${FORMAT}"`)
  const unknown = Object.keys(members).find((name) => !MEMBERS.includes(name))
  if (unknown !== undefined) throw refuse(`a retention has no member ${JSON.stringify(unknown)}`)
  const [, count, unit] = /^(0|[1-9]\d{0,5})([mhd])$/.exec(typeof keep === "string" ? keep : "") ?? []
  if (unit === undefined) throw refuse(`"keep" takes a time like 12h or 90d, not ${JSON.stringify(keep)}`)
  if (typeof witnessed !== "boolean" || typeof anchored !== "boolean")
    throw refuse(`"witnessed" and "anchored" take true or false`)
  return { keep: keep as string, keepMs: Number(count) * UNITS[unit]!, witnessed, anchored }
}

/** @throws ArchiveError */
export const parseRetention = (text: string): Retention => {
  if (text.length > MAX_RETENTION_BYTES) throw refuse(`a retention has at most ${MAX_RETENTION_BYTES} bytes`)
  try {
    return retentionIn(JSON.parse(text))
  } catch (cause) {
    if (cause instanceof SyntaxError) throw refuse(`the retention is no JSON: ${cause.message}`)
    throw cause
  }
}

/** The value that `retentionIn` reads. */
export const retentionValue = ({ keep, witnessed, anchored }: Retention): unknown => ({
  format: FORMAT,
  keep,
  witnessed,
  anchored,
})
