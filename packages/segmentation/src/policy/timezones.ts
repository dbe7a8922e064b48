/**
 * Time zones as instants. What a zone's clock says is looked up once, when a policy is checked or signed; what is signed then
 * holds the changes themselves, so that every node and every replay reads the same.
 */
import type { OffsetChange, SegmentationPolicy } from "@assay/trust"
import { LIMITS } from "./limits.ts"

const MINUTE = 60_000
/** No zone changes its clock twice within this time. */
const STEP = 6 * 60 * MINUTE

/** How many minutes a zone is ahead of UTC, by the data of this Node. */
type OffsetAt = (time: number) => number

/** Null where this Node knows no such zone. */
const offsetsOf = (zone: string): OffsetAt | null => {
  let format: Intl.DateTimeFormat
  try {
    format = new Intl.DateTimeFormat("en-US", {
      timeZone: zone,
      calendar: "iso8601",
      numberingSystem: "latn",
      hourCycle: "h23",
      year: "numeric",
      month: "numeric",
      day: "numeric",
      hour: "numeric",
      minute: "numeric",
    })
  } catch {
    return null // RangeError: no such zone
  }
  return (time) => {
    const parts: Record<string, number> = {}
    for (const { type, value } of format.formatToParts(time)) parts[type] = Number(value)
    const local = Date.UTC(parts.year!, parts.month! - 1, parts.day!, parts.hour!, parts.minute!)
    return Math.round((local - Math.floor(time / MINUTE) * MINUTE) / MINUTE)
  }
}

/** The changes from `from` to `to`, the first of them at `from`; to the minute. */
const changesBetween = (offsetAt: OffsetAt, from: number, to: number): ReadonlyArray<OffsetChange> => {
  const changes: OffsetChange[] = [{ from, offset: offsetAt(from) }]
  for (let at = from; at < to && changes.length <= LIMITS.offsetChanges; at += STEP) {
    const { offset } = changes.at(-1)!
    let late = Math.min(at + STEP, to)
    if (offsetAt(late) === offset) continue
    for (let early = at; late - early > MINUTE; ) {
      const middle = Math.floor((early + late) / 2 / MINUTE) * MINUTE
      if (middle <= early) break
      if (offsetAt(middle) === offset) early = middle
      else late = middle
    }
    changes.push({ from: late, offset: offsetAt(late) })
  }
  return changes
}

/** The zones that windows name and the policy has no instants for, in the order of the conduits. */
export const missingZones = ({ conduits, timezones = {} }: SegmentationPolicy): ReadonlyArray<string> => [
  ...new Set(
    conduits.flatMap(({ window }) =>
      window?.zone === undefined || Object.hasOwn(timezones, window.zone) ? [] : [window.zone],
    ),
  ),
]

/**
 * The policy with the instants of every zone that its windows name. What it has already stays as it is.
 * @returns the first zone that this Node does not know, where there is one
 */
export const withTimezones = (policy: SegmentationPolicy): SegmentationPolicy | { readonly unknown: string } => {
  const missing = missingZones(policy)
  if (missing.length === 0) return policy
  const timezones: Record<string, ReadonlyArray<OffsetChange>> = { ...policy.timezones }
  for (const zone of missing) {
    const offsetAt = offsetsOf(zone)
    if (offsetAt === null) return { unknown: zone }
    timezones[zone] = changesBetween(offsetAt, policy.issued, policy.expires)
  }
  return { ...policy, timezones }
}

/** The instants as the last key of a policy's text. */
export const timezonesText = ({ timezones = {} }: SegmentationPolicy): string =>
  [
    "timezones:",
    ...Object.entries(timezones).flatMap(([zone, changes]) => [
      `  ${zone}:`,
      ...changes.map(
        ({ from, offset }) =>
          `    - { from: ${new Date(from).toISOString().replace(".000Z", "Z")}, offset: ${offset} }`,
      ),
    ]),
    "",
  ].join("\n")
