/**
 * What this process works on, how far its runners are behind, in entries and in seconds, what open transactions hold back,
 * and how long the knowledge in force will last. Measured when somebody reads the metrics, but not more often than every two
 * seconds: each partition costs a few looks at its bounds and, where the group is behind, the reading of one record.
 */
import { type Log, type StreamPartition, shownUnread } from "@assay/log"
import {
  type Knowledge,
  kindOfItem,
  publishedListsIn,
  publisherOf,
  STATUS_LIST_KIND,
  statusListUntil,
  type TrustBundle,
} from "@assay/trust"
import { HeldBackWatch } from "./held-back.ts"
import type { Metrics } from "./metrics.ts"

export interface Watched extends StreamPartition {
  readonly group: string
  readonly knowledge?: Knowledge
}

const EVERY_MS = 2_000

/** @returns entries still to be committed (at most; offsets have gaps) and the age of the first one in milliseconds */
export const measureLag = async (
  log: Log,
  group: string,
  at: StreamPartition,
  now: number,
): Promise<{ readonly entries: number; readonly ms: number }> => {
  const { records, first } = await shownUnread(log, group, at)
  return { entries: records, ms: first === null ? 0 : Math.max(0, now - first.time) }
}

/** What a kind of knowledge says of how it is replaced (`KnowledgeKind` of @assay/knowledge). */
interface Replaced {
  readonly fleeting?: true
  readonly renewed?: true
}

export interface LagWatchOptions {
  readonly log: Log
  readonly metrics: Metrics
  /** By name. */
  readonly kinds: Readonly<Record<string, Replaced>>
  /** What this process works on now. */
  readonly watched: () => ReadonlyArray<Watched>
  readonly onProblem: (cause: unknown) => void
}

/** @returns stops it */
export const watchLag = ({ log, metrics, kinds, watched, onProblem }: LagWatchOptions): (() => void) => {
  let measuredAt = Number.NEGATIVE_INFINITY
  let underWay: Promise<void> | null = null

  const shares = new Map<string, ReadonlySet<number>>()
  const heldBacks = new Map<string, HeldBackWatch>()
  let shownKinds: ReadonlySet<string> = new Set()
  /** Kinds whose items are replaced all the time: not shown as what people sign is. */
  const fleeting = new Set(Object.keys(kinds).filter((name) => kinds[name]!.fleeting || kinds[name]!.renewed))
  /** Of these, what must not end. When the first status list is too old depends on more than the item. */
  const renewed = Object.keys(kinds).filter((name) => kinds[name]!.renewed && name !== STATUS_LIST_KIND)

  /** Says which partitions are this process's share, where that changed. */
  const observeShares = (all: ReadonlyArray<Watched>): void => {
    for (const group of new Set([...shares.keys(), ...all.map((one) => one.group)])) {
      const share = new Set(all.filter((one) => one.group === group).map((one) => one.partition))
      const before = shares.get(group)
      if (before?.size === share.size && [...share].every((partition) => before.has(partition))) continue
      shares.set(group, share)
      metrics.assigned(group, share)
    }
    const names = new Set(all.map(nameOf))
    for (const name of heldBacks.keys()) if (!names.has(name)) heldBacks.delete(name)
  }

  const observeHeldBack = async (one: Watched): Promise<void> => {
    const watch = heldBacks.get(nameOf(one)) ?? new HeldBackWatch()
    heldBacks.set(nameOf(one), watch)
    const held = await watch.look(log, one, performance.now())
    if (held !== null) metrics.observeHeldBack(one.group, one.partition, held.records, held.ms / 1000)
  }

  const measure = async (): Promise<void> => {
    const now = Date.now()
    const all = watched()
    observeShares(all)
    await Promise.all(
      all.map(async (one) => {
        const { group, stream, partition } = one
        const lag = await measureLag(log, group, { stream, partition }, now)
        metrics.observeLag(group, partition, lag.entries, lag.ms / 1000)
        await observeHeldBack(one)
      }),
    )
    shownKinds = observeKnowledge(metrics, all, { known: shownKinds, fleeting }, now)
    observeStatusLists(metrics, all, now)
    observeRenewals(metrics, all, renewed, now)
  }

  return metrics.registry.onCollect(async () => {
    if (performance.now() - measuredAt < EVERY_MS) return
    underWay ??= measure()
      .catch(onProblem) // a broker that is away: the values of before stand, and the alert on `unavailable` speaks
      .finally(() => {
        measuredAt = performance.now()
        underWay = null
      })
    await underWay
  })
}

/** When the first list of a bundle is past its age; looked at once for each bundle, which may have a thousand. */
const oldest = new WeakMap<TrustBundle, number>()

const firstEndOf = (bundle: TrustBundle): number => {
  let end = oldest.get(bundle)
  if (end === undefined) {
    end = bundle.statusLists.reduce(
      (least, { issued, maxAgeMs }) => Math.min(least, issued + maxAgeMs),
      Number.POSITIVE_INFINITY,
    )
    oldest.set(bundle, end)
  }
  return end
}

/** Of the lists that issuers publish. One that the bundle does not let its issuer publish any more is none. */
const firstPublishedEnd = (knowledge: Knowledge, bundle: TrustBundle): number => {
  let first = Number.POSITIVE_INFINITY
  for (const { body } of publishedListsIn(knowledge)) {
    const publisher = publisherOf(bundle, knowledge.items, body.issuer, body.id)
    if (publisher !== null) first = Math.min(first, statusListUntil(body, publisher))
  }
  return first
}

const observeStatusLists = (metrics: Metrics, all: ReadonlyArray<Watched>, now: number): void => {
  let first = Number.POSITIVE_INFINITY
  for (const { knowledge } of all) {
    const bundle = knowledge?.bundle ?? null
    if (knowledge === undefined || bundle === null) continue
    first = Math.min(first, firstEndOf(bundle.body), firstPublishedEnd(knowledge, bundle.body))
  }
  metrics.observeStatusLists(Number.isFinite(first) ? (first - now) / 1000 : null)
}

/** Of each kind that resolvers renew the item that ends first. */
const observeRenewals = (
  metrics: Metrics,
  all: ReadonlyArray<Watched>,
  renewed: ReadonlyArray<string>,
  now: number,
): void => {
  const first = new Map(renewed.map((kind) => [kind, Number.POSITIVE_INFINITY]))
  for (const { knowledge } of all)
    for (const [key, { expires }] of knowledge?.items ?? []) {
      const kind = kindOfItem(key)
      const before = first.get(kind)
      if (before !== undefined) first.set(kind, Math.min(before, expires))
    }
  for (const [kind, end] of first) metrics.observeRenewals(kind, Number.isFinite(end) ? (end - now) / 1000 : null)
}

const nameOf = ({ group, partition }: Watched): string => `${group}/${partition}`

/**
 * Of each kind the item that ends first and the one that is furthest behind, in all partitions.
 * @param known the kinds that were shown before @param fleeting those that are not shown
 * @returns those that are shown now
 */
const observeKnowledge = (
  metrics: Metrics,
  all: ReadonlyArray<Watched>,
  { known, fleeting }: { readonly known: ReadonlySet<string>; readonly fleeting: ReadonlySet<string> },
  now: number,
): ReadonlySet<string> => {
  const kinds = new Map<string, { seconds: number; version: number }>()
  // The runners of a partition fold the same entries, but not all of them at the same time: look at each.
  for (const { knowledge } of all)
    for (const [key, { expires, version }] of knowledge?.items ?? []) {
      const kind = kindOfItem(key)
      if (fleeting.has(kind)) continue
      const found = kinds.get(kind) ?? { seconds: Number.POSITIVE_INFINITY, version: Number.POSITIVE_INFINITY }
      found.seconds = Math.min(found.seconds, (expires - now) / 1000)
      found.version = Math.min(found.version, version)
      kinds.set(kind, found)
    }
  for (const kind of known) if (!kinds.has(kind)) metrics.observeKnowledge(kind, null)
  for (const [kind, found] of kinds) metrics.observeKnowledge(kind, found)
  return new Set(kinds.keys())
}
