/** The knowledge in force, as each partition's accepted activations have made it, and how long it lasts. */
import { openBundle } from "@assay/credentials"
import { bodiesOf } from "@assay/engine"
import type { Log } from "@assay/log"
import { decodeAudit } from "@assay/schemas"
import { openPolicy } from "@assay/segmentation"
import { STREAMS } from "@assay/streams"
import type { Active, RootSet } from "@assay/trust"
import { recordsOf } from "../data.ts"
import { type Finding, fail, ok, warn } from "./finding.ts"

const ITEMS = ["bundle", "policy"] as const
type Item = (typeof ITEMS)[number]

const DAY_MS = 86_400_000
const SOON_MS = 14 * DAY_MS

type InForce = Active<unknown> | { readonly broken: string } | null

/** Folds one partition's activations as its runners did: a bundle may rotate the roots for the next. */
const inForce = async (log: Log, partition: number, pinned: RootSet): Promise<Record<Item, InForce>> => {
  const bodies = bodiesOf(log, partition)
  const now: Record<Item, InForce> = { bundle: null, policy: null }
  let roots = pinned
  for await (const record of recordsOf(log, STREAMS.audit, partition)) {
    const event = decodeAudit(record.value)
    if (event.kind !== "control" || event.count !== 1 || event.detail === null) continue
    const what = JSON.parse(event.detail) as { kind: string; item: Item; hash: string }
    if (what.kind !== "activation") continue
    const body = await bodies.get(what.hash)
    const opened = body === null ? null : what.item === "bundle" ? openBundle(body, roots) : openPolicy(body, roots)
    if (opened === null) now[what.item] = { broken: `the body ${what.hash} is missing or damaged` }
    else if ("reasons" in opened) now[what.item] = { broken: `the roots do not open it: ${opened.detail}` }
    else {
      now[what.item] = opened.active
      if ("nextRoots" in opened) roots = opened.nextRoots
    }
  }
  return now
}

const findingOf = (item: Item, each: ReadonlyArray<InForce>, time: number): Finding => {
  const activate = `assay ${item} activate FILE`
  const missing = each.flatMap((found, partition) => (found === null ? [partition] : []))
  if (missing.length > 0) {
    const where = missing.length === each.length ? "" : ` in partition ${missing.join(", ")}`
    return fail(item, `none is in force${where}`, `nothing can be verified without: ${activate}`)
  }
  for (const found of each)
    if (found !== null && "broken" in found)
      return fail(
        item,
        found.broken,
        "name the roots that the node runs with by --roots, or restore the data directory from a backup",
      )
  const active = each as ReadonlyArray<Active<unknown>>
  const [first] = active
  if (first === undefined) return fail(item, "the log has no partition", "restore the data directory from a backup")
  const versions = new Set(active.map(({ version }) => version))
  if (versions.size > 1)
    return fail(
      item,
      `partitions have different versions: ${active.map(({ version }) => version).join(", ")}`,
      `${activate} with a higher version`,
    )
  const words = `version ${first.version}, expires ${new Date(first.expires).toISOString()}`
  if (first.expires <= time) return fail(item, `${words}: it has expired`, `sign a new version and ${activate}`)
  return first.expires - time < SOON_MS
    ? warn(item, `${words}: soon`, `sign a new version and ${activate} before that`)
    : ok(item, words)
}

/** @param time milliseconds since 1970 */
export const knowledgeFindings = async (log: Log, roots: RootSet, time: number): Promise<ReadonlyArray<Finding>> => {
  const partitions = await Promise.all(
    Array.from({ length: log.partitions }, (_, partition) => inForce(log, partition, roots)),
  )
  return ITEMS.map((item) =>
    findingOf(
      item,
      partitions.map((found) => found[item]),
      time,
    ),
  )
}
