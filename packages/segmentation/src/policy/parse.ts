/** YAML text -> SegmentationPolicy: closed, bounded, and with every error at its line. */
import type { SegmentationPolicy } from "@assay/trust"
import { checkPolicy, type PlaceOf } from "./check.ts"
import { decodePolicy } from "./decode.ts"
import { LIMITS } from "./limits.ts"
import { type Place, type Problem, Problems } from "./problem.ts"
import { type Located, readSource } from "./source.ts"

export interface ParseOptions {
  /** The name that errors carry; "policy.yaml" where nothing is given. */
  readonly file?: string
  /** Milliseconds since 1970; where given, an expired policy is an error and expired conduits are warnings. */
  readonly at?: number
}

/** `policy` is null exactly where `problems` holds an error; warnings may stand beside a policy. */
export interface Parsed {
  readonly policy: SegmentationPolicy | null
  readonly problems: ReadonlyArray<Problem>
}

/** Reads and checks a policy. Pure; never throws on any text. */
export const parsePolicy = (text: string, options: ParseOptions = {}): Parsed => {
  const problems = new Problems(options.file ?? "policy.yaml", LIMITS.problems)
  const tree = readSource(text, problems)
  if (tree === null) return { policy: null, problems: problems.list() }
  const policy = decodePolicy(tree, problems)
  if (policy !== null) checkPolicy(policy, placesOf(tree), problems, options.at ?? null)
  return { policy: problems.failed ? null : policy, problems: problems.list() }
}

/** Places by key path. A key that is absent (a default, say) stands where its map begins. */
const placesOf = (tree: Located): PlaceOf => {
  const places = new Map<string, Place>()
  const walk = (node: Located): void => {
    if (!places.has(node.at.key)) places.set(node.at.key, node.at)
    if (node.kind === "list") for (const item of node.items) walk(item)
    if (node.kind === "map")
      for (const member of node.entries.values()) {
        places.set(member.at.key, member.at)
        walk(member.value)
      }
  }
  walk(tree)
  return (key) => {
    for (let at = key; at !== ""; at = at.slice(0, Math.max(at.lastIndexOf("."), at.lastIndexOf("["), 0))) {
      const place = places.get(at)
      if (place !== undefined) return { ...place, key }
    }
    return { ...tree.at, key }
  }
}
