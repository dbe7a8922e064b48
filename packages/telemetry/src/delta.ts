/**
 * What another thread has counted since it last reported: it has a registry of its own, and the registry that is read adds what
 * comes. Gauges come as they stand. Both registries must have the same instruments, in the same order.
 */
import type { Instrument, Registry, Series } from "./registry.ts"

/** One series: its instrument's place, its labels, and what was added (of a gauge: its value). */
export interface SeriesDelta {
  readonly instrument: number
  readonly labels: ReadonlyArray<string>
  readonly value: number
  readonly counts: ReadonlyArray<number>
  readonly sums: ReadonlyArray<number>
}

export type RegistryDelta = ReadonlyArray<SeriesDelta>

interface Reported {
  readonly value: number
  readonly counts: ReadonlyArray<number>
  readonly sums: ReadonlyArray<number>
}

const NOTHING: Reported = { value: 0, counts: [], sums: [] }

const less = (now: ReadonlyArray<number>, before: ReadonlyArray<number>): ReadonlyArray<number> =>
  now.map((value, nth) => value - (before[nth] ?? 0))

/** Takes from a registry what was not taken before. */
export const deltasOf = (registry: Registry): (() => RegistryDelta) => {
  const reported = new WeakMap<Series, Reported>()
  return () => {
    const deltas: Array<SeriesDelta> = []
    registry.instruments.forEach(({ spec, series }, instrument) => {
      for (const one of series) {
        const known = reported.get(one)
        const before = known ?? NOTHING
        // A counter that stands at 0 is worth telling once: an alert sees the first step only where it saw the 0.
        if (known !== undefined && one.value === before.value && sumOf(one.counts) === sumOf(before.counts)) continue
        const { labels, value } = one
        const added = spec.kind === "gauge" ? value : value - before.value
        const counts = less(one.counts, before.counts)
        deltas.push({ instrument, labels, value: added, counts, sums: less(one.sums, before.sums) })
        reported.set(one, { value, counts: [...one.counts], sums: [...one.sums] })
      }
    })
    return deltas
  }
}

const sumOf = (counts: ReadonlyArray<number>): number => counts.reduce((sum, count) => sum + count, 0)

/** Adds what another thread reported. */
export const addDelta = (registry: Registry, delta: RegistryDelta): void => {
  for (const { instrument, labels, value, counts, sums } of delta) {
    const known = registry.instruments[instrument]
    if (known === undefined) throw new RangeError(`there is no instrument ${instrument}`)
    if (known.spec.kind === "counter") known.add(value, ...labels)
    else if (known.spec.kind === "gauge") known.set(value, ...labels)
    else addBuckets(known, counts, sums, labels)
  }
}

/** Each bucket's observations at their mean, which lies in the bucket: counts and sums come out the same. */
const addBuckets = (
  histogram: Instrument,
  counts: ReadonlyArray<number>,
  sums: ReadonlyArray<number>,
  labels: ReadonlyArray<string>,
): void => {
  const bounds = histogram.spec.buckets ?? []
  counts.forEach((count, bucket) => {
    if (count === 0) return
    const mean = sums[bucket]! / count
    // Sums are rounded: the mean of what lay on a bound must not fall beyond it.
    histogram.observe(Math.min(mean, bounds[bucket] ?? Number.POSITIVE_INFINITY), count, ...labels)
  })
}
