/** How long the batches of each service took: from what services say on /metrics before and after, or from each batch. */
import { type Line, linesOf } from "@assay/cli/exposition"

/** Of one service. Times are seconds. */
export interface Waits {
  readonly batches: number
  /** Of a batch, on average. */
  readonly entries: number
  /** From reading a batch to its durable commit, and the commit alone: the sums, and how many took at most so long. */
  readonly whole: Spread
  readonly commit: Spread
}

export interface Spread {
  readonly count: number
  readonly sum: number
  /** Rising upper bounds, and how many lie within each but not within the one before. */
  readonly buckets: ReadonlyArray<readonly [bound: number, count: number]>
}

type Lines = ReturnType<typeof linesOf>

/** Cumulative, as they stand in the text: counts by upper bound. */
interface Total {
  readonly count: number
  readonly sum: number
  readonly within: ReadonlyMap<number, number>
}

const totalOf = (lines: Lines, name: string, holds: (labels: Line["labels"]) => boolean): Total => {
  const held = (end: string): ReadonlyArray<Line> =>
    (lines.get(`${name}_${end}`) ?? []).filter(({ labels }) => holds(labels))
  const sum = (end: string): number => held(end).reduce((all, { value }) => all + value, 0)
  const within = new Map<number, number>()
  for (const { labels, value } of held("bucket")) {
    const le = labels.get("le")
    const bound = le === "+Inf" ? Number.POSITIVE_INFINITY : Number(le)
    within.set(bound, (within.get(bound) ?? 0) + value)
  }
  return { count: sum("count"), sum: sum("sum"), within }
}

type Totals = Readonly<Record<string, { readonly whole: Total; readonly commit: Total; readonly entries: number }>>

const WHOLE = "messaging_process_duration_seconds"
const COMMIT = "messaging_client_operation_duration_seconds"

/** @param texts of /metrics, one of each service's process */
export const waitsIn = (texts: ReadonlyArray<string>): Totals =>
  Object.fromEntries(
    texts.flatMap((text) => {
      const lines = linesOf(text)
      const group = lines.get("assay_batch_size_count")?.[0]?.labels.get("group")
      if (group === undefined) return []
      const commit = totalOf(lines, COMMIT, (labels) => labels.get("messaging_operation_name") === "commit")
      const { sum: entries } = totalOf(lines, "assay_batch_size", () => true)
      return [[group, { whole: totalOf(lines, WHOLE, () => true), commit, entries }]]
    }),
  )

const spreadBetween = (before: Total | undefined, after: Total): Spread => {
  const bounds = [...after.within.keys()].sort((a, b) => a - b)
  let below = 0
  const buckets = bounds.map((bound) => {
    const cumulative = after.within.get(bound)! - (before?.within.get(bound) ?? 0)
    const own = cumulative - below
    below = cumulative
    return [bound, own] as const
  })
  return {
    count: after.count - (before?.count ?? 0),
    sum: after.sum - (before?.sum ?? 0),
    // JSON knows no infinity; nothing lies above the last bound where a run is of any use.
    buckets: buckets.filter(([bound, count]) => Number.isFinite(bound) && count > 0),
  }
}

/** What happened between two looks. */
export const waitsOf = (before: Totals, after: Totals): Readonly<Record<string, Waits>> =>
  Object.fromEntries(
    Object.entries(after).map(([group, { whole, commit, entries }]) => {
      const earlier = before[group]
      const all = spreadBetween(earlier?.whole, whole)
      return [
        group,
        {
          batches: all.count,
          entries: (entries - (earlier?.entries ?? 0)) / Math.max(1, all.count),
          whole: all,
          commit: spreadBetween(earlier?.commit, commit),
        },
      ]
    }),
  )

/** By how much the bounds grow where each time is known. */
const GROWTH = 1.1

/** @param seconds of each */
const spreadOf = (seconds: ReadonlyArray<number>): Spread => {
  const counts = new Map<number, number>()
  for (const one of seconds) {
    const power = Math.ceil(Math.log(Math.max(one, 1e-6)) / Math.log(GROWTH))
    counts.set(power, (counts.get(power) ?? 0) + 1)
  }
  return {
    count: seconds.length,
    sum: seconds.reduce((sum, one) => sum + one, 0),
    buckets: [...counts].sort(([a], [b]) => a - b).map(([power, count]) => [GROWTH ** power, count] as const),
  }
}

/** Of batches of which each is known. */
export const waitsOfEach = (
  batches: ReadonlyArray<{ readonly entries: number; readonly ms: number; readonly commitMs: number }>,
): Waits => ({
  batches: batches.length,
  entries: batches.reduce((sum, { entries }) => sum + entries, 0) / Math.max(1, batches.length),
  whole: spreadOf(batches.map(({ ms }) => ms / 1e3)),
  commit: spreadOf(batches.map(({ commitMs }) => commitMs / 1e3)),
})
