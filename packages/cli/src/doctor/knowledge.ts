/** The knowledge in force in each partition, and how long it lasts. */
import { endsOf, KINDS, type Kinds, type KnowledgeKind, phaseAt, shortEnds } from "@assay/knowledge"
import type { Log } from "@assay/log"
import { type Active, itemKey, kindOfItem, type RootSet } from "@assay/trust"
import { type InForce, inForceInAll } from "../knowledge-in-force.ts"
import { type Finding, fail, ok, warn } from "./finding.ts"

const findingOf = (
  { name: item, required }: Pick<KnowledgeKind, "name" | "required">,
  each: ReadonlyArray<InForce | null>,
  time: number,
): Finding => {
  const activate = `assay ${item} activate FILE`
  const missing = each.flatMap((found, partition) => (found === null ? [partition] : []))
  if (missing.length > 0) {
    const where = missing.length === each.length ? "" : ` in partition ${missing.join(", ")}`
    return fail(
      item,
      `none is in force${where}`,
      `${required ? "nothing can be verified without" : "partitions judge by different rules"}: ${activate}`,
    )
  }
  for (const found of each)
    if (found !== null && "broken" in found)
      return fail(
        item,
        found.broken,
        "name the roots that the node runs with by --roots, or restore the data directory from a backup",
      )
  const active = each as ReadonlyArray<Active<unknown>>
  const first = active[0]! // a log has at least one partition
  const versions = new Set(active.map(({ version }) => version))
  if (versions.size > 1)
    return fail(
      item,
      `partitions have different versions: ${active.map(({ version }) => version).join(", ")}`,
      `${activate} with a higher version`,
    )
  const words = `version ${first.version}, expires ${new Date(first.expires).toISOString()}`
  const phase = phaseAt(first.expires, time)
  if (phase === "expired") return fail(item, `${words}: it has expired`, `sign a new version and ${activate}`)
  return phase === "soon"
    ? warn(item, `${words}: soon`, `sign a new version and ${activate} before that`)
    : ok(item, words)
}

/** Names in one finding; a bundle may have a thousand lists. */
const NAMED = 3

/** What of the item in force grows old before it does: the status lists of a bundle. Nothing where none does. */
const partsFinding = (
  kind: KnowledgeKind,
  [first]: ReadonlyArray<InForce | null>,
  time: number,
): ReadonlyArray<Finding> => {
  if (first === undefined || first === null || "broken" in first) return []
  const parts = endsOf(kind, { ...first, subject: "" }).filter(({ isPart }) => isPart)
  const old = shortEnds(parts, time)
  if (old.length === 0) return []
  const more = old.length > NAMED ? `; and ${old.length - NAMED} more` : ""
  const expired = parts.some(({ expires }) => expires <= time)
  const cure = `get fresh ones from their issuers, and assay ${kind.name} activate a version with them`
  return [(expired ? fail : warn)(`${kind.name} parts`, `${old.slice(0, NAMED).join("; ")}${more}`, cure)]
}

/** Items of kinds with a home: each partition has its own, so there is nothing to compare between partitions. */
export const homeFinding = (kind: string, all: ReadonlyArray<InForce>, time: number): Finding => {
  for (const found of all)
    if ("broken" in found) return fail(kind, found.broken, "restore the data directory from a backup")
  const ends = (all as ReadonlyArray<Active<unknown>>).map(({ expires }) => expires)
  const expired = ends.filter((end) => end <= time).length
  const words = `${ends.length} in force, the first expires ${new Date(Math.min(...ends)).toISOString()}`
  return expired > 0
    ? warn(kind, `${words}: ${expired} have expired`, `sign new versions and assay ${kind} activate FILE`)
    : ok(kind, words)
}

/**
 * Items of kinds with several subjects, which every partition has: how many there are, and which grow old or have ended. Those that are
 * replaced within hours are recorded in one partition alone, so they are not compared between partitions.
 */
export const subjectFindings = (
  kind: KnowledgeKind,
  partitions: ReadonlyArray<ReadonlyMap<string, InForce>>,
  time: number,
): ReadonlyArray<Finding> => {
  const { name } = kind
  const own = partitions.map((found) => new Map([...found].filter(([key]) => kindOfItem(key) === name)))
  const all = new Map(own.flatMap((found) => [...found]))
  if (all.size === 0) return []
  const broken = [...all.values()].find((found) => "broken" in found)
  if (broken !== undefined && "broken" in broken)
    return [fail(name, broken.broken, `see that the bundle names who signed it, and assay ${name} activate FILE`)]
  const active = [...all] as ReadonlyArray<readonly [string, Active<unknown>]>
  const apart = kind.fleeting
    ? undefined
    : active.find(([key]) => new Set(own.map((of) => versionIn(of, key))).size > 1)
  if (apart !== undefined)
    return [
      fail(
        name,
        `partitions have different versions of ${apart[0].slice(name.length + 1)}: ${own.map((of) => versionIn(of, apart[0]) ?? "none").join(", ")}`,
        `assay ${name} activate FILE with a higher version`,
      ),
    ]
  const ends = active.flatMap(([key, found]) => endsOf(kind, { ...found, subject: key.slice(name.length + 1) }))
  const old = shortEnds(ends, time)
  if (old.length === 0) return [ok(name, `${all.size} in force`)]
  const more = old.length > NAMED ? `; and ${old.length - NAMED} more` : ""
  const expired = ends.some(({ expires }) => expires <= time)
  const cure = kind.renewed
    ? `see that assay resolver runs and reaches who publishes them, or assay ${name} activate FILE with fresh ones`
    : `have new versions signed, and assay ${name} activate FILE`
  return [(expired ? fail : warn)(name, `${old.slice(0, NAMED).join("; ")}${more}`, cure)]
}

const versionIn = (found: ReadonlyMap<string, InForce>, key: string): number | null => {
  const item = found.get(key)
  return item === undefined || "broken" in item ? null : item.version
}

/**
 * One finding for each kind that is in force or must be.
 * @param time milliseconds since 1970
 */
export const knowledgeFindings = async (
  log: Log,
  roots: RootSet,
  time: number,
  kinds: Kinds = KINDS,
): Promise<ReadonlyArray<Finding>> => {
  const partitions = await inForceInAll(log, roots, kinds)
  return Object.values(kinds).flatMap((kind) => {
    const { name, scope, required } = kind
    if (scope === "home") {
      const all = partitions.flatMap((found) => [...found].filter(([key]) => kindOfItem(key) === name))
      return all.length === 0
        ? []
        : [
            homeFinding(
              name,
              all.map(([, found]) => found),
              time,
            ),
          ]
    }
    // The end of what is replaced within hours is nobody's concern, unless who replaces it has to be watched.
    if (kind.fleeting && !kind.renewed) return []
    if (kind.maximum.subjects > 1) return subjectFindings(kind, partitions, time)
    const each = partitions.map((found) => found.get(itemKey(name, "")) ?? null)
    if (!required && each.every((found) => found === null)) return []
    return [findingOf(kind, each, time), ...partsFinding(kind, each, time)]
  })
}
