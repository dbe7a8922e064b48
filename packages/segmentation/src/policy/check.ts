/** What the parts of a policy mean to each other. Only for policies whose shape is right. */
import type { SegmentationPolicy } from "@assay/trust"
import { covers, zonesById } from "../hierarchy.ts"
import { guardrailOf } from "../interpret.ts"
import { checkAssignments, checkAudiences } from "./coverage.ts"
import { LIMITS } from "./limits.ts"
import type { Place, Problems } from "./problem.ts"

/** Finds the place of a key path such as `conduits[2].from`. */
export type PlaceOf = (key: string) => Place

/**
 * Reports semantic problems.
 * @param at milliseconds since 1970 to judge expiry against, or null to leave it out
 */
export const checkPolicy = (
  policy: SegmentationPolicy,
  placeOf: PlaceOf,
  problems: Problems,
  at: number | null,
): void => {
  const check: Check = { policy, placeOf, problems, at, zones: new Set(policy.zones.map((zone) => zone.id)) }
  checkIds(check)
  checkReferences(check)
  checkHierarchy(check)
  checkAudiences(check)
  checkAssignments(check)
  checkConduits(check)
  checkTimes(check)
  checkSize(check)
  if (!problems.failed) checkCells(check)
}

export interface Check {
  readonly policy: SegmentationPolicy
  readonly placeOf: PlaceOf
  readonly problems: Problems
  readonly at: number | null
  readonly zones: ReadonlySet<string>
}

const checkIds = ({ policy, placeOf, problems }: Check): void => {
  for (const part of ["zones", "conduits", "guardrails"] as const) {
    const seen = new Map<string, number>()
    for (const [i, { id }] of policy[part].entries()) {
      const first = seen.get(id)
      if (first === undefined) seen.set(id, i)
      else problems.error(placeOf(`${part}[${i}].id`), `"${id}" is also ${part}[${first}]`, "give it an id of its own")
    }
  }
}

const checkReferences = ({ policy, placeOf, problems, zones }: Check): void => {
  const known = (key: string, zone: string | null): void => {
    if (zone === null || zone === "*" || zones.has(zone)) return
    problems.error(placeOf(key), `there is no zone "${zone}"`, `use one of ${[...zones].slice(0, 20).join(", ")}`)
  }
  for (const [i, z] of policy.zones.entries()) known(`zones[${i}].parent`, z.parent)
  for (const [i, a] of policy.assignments.entries()) known(`assignments[${i}].zone`, a.zone)
  for (const part of ["conduits", "guardrails"] as const)
    for (const [i, flow] of policy[part].entries()) {
      known(`${part}[${i}].from`, flow.from)
      known(`${part}[${i}].to`, flow.to)
    }
}

const checkHierarchy = ({ policy, placeOf, problems }: Check): void => {
  const byId = zonesById(policy)
  for (const [i, zone] of policy.zones.entries()) {
    if (zone.parent !== null && covers(zone.id, zone.parent, byId))
      problems.error(placeOf(`zones[${i}].parent`), `"${zone.id}" is its own ancestor`, "break the circle of parents")
    let levels = 1
    for (let at = zone.parent; at !== null && levels <= LIMITS.levels; at = byId.get(at)?.parent ?? null) levels++
    if (levels > LIMITS.levels)
      problems.error(placeOf(`zones[${i}].parent`), "the zone lies too deep", `use at most ${LIMITS.levels} levels`)
  }
}

const checkConduits = ({ policy, placeOf, problems }: Check): void => {
  for (const [i, c] of policy.conduits.entries()) {
    const at = (key: string): Place => placeOf(`conduits[${i}].${key}`)
    if (c.mode === "observe" && c.observeUntil === null)
      problems.error(at("mode"), "observe mode has no end", "add `observeUntil`, the day from which it is enforced")
    if (c.mode === "enforce" && c.observeUntil !== null)
      problems.error(at("observeUntil"), "the conduit is not in observe mode", "remove it, or write `mode: observe`")
  }
  const rated = new Map<string, number>()
  for (const c of policy.conduits) if (c.ratePerMinute !== null) rated.set(c.from, (rated.get(c.from) ?? 0) + 1)
  for (const [i, zone] of policy.zones.entries())
    if ((rated.get(zone.id) ?? 0) > LIMITS.ratedConduits)
      problems.warn(
        placeOf(`zones[${i}].id`),
        `more than ${LIMITS.ratedConduits} rated conduits leave "${zone.id}"`,
        "merge some: a device that uses more of them at once is held to a stricter common rate",
      )
}

const checkTimes = ({ policy, placeOf, problems, at }: Check): void => {
  if (policy.expires <= policy.issued)
    problems.error(placeOf("expires"), "the policy expires before it is issued", "choose a later `expires`")
  if (at === null) return
  if (policy.expires <= at) problems.error(placeOf("expires"), "the policy has expired", "choose a later `expires`")
  for (const [i, c] of policy.conduits.entries()) {
    if (c.expires !== null && c.expires <= at)
      problems.warn(placeOf(`conduits[${i}].expires`), "the conduit has expired", "remove it, or extend it")
    if (c.observeUntil !== null && c.observeUntil <= at)
      problems.warn(placeOf(`conduits[${i}].observeUntil`), "observe mode is over", "write `mode: enforce`")
  }
}

const checkSize = ({ policy, placeOf, problems }: Check): void => {
  const classes = new Set(policy.conduits.flatMap((c) => c.classes)).size
  if (classes > LIMITS.classes)
    problems.error(placeOf("conduits"), `${classes} device classes are named`, `name at most ${LIMITS.classes}`)
  const flows = policy.zones.length ** 2 * 5 * (classes + 1)
  if (flows > LIMITS.flows)
    problems.error(placeOf("zones"), `the policy has ${flows} flows`, "use fewer zones, or name fewer device classes")
}

/** Every flow has at most one conduit of each specificity, and every conduit carries something. */
const checkCells = ({ policy, placeOf, problems }: Check): void => {
  const taken = new Map<string, number>()
  const zones = zonesById(policy)
  for (const [i, c] of policy.conduits.entries()) {
    for (const action of c.actions)
      for (const cls of c.classes.length === 0 ? [""] : c.classes) {
        const flow = `${c.from} ${c.to} ${action} ${cls}`
        const other = taken.get(flow)
        if (other !== undefined && other !== i)
          problems.error(
            placeOf(`conduits[${i}].id`),
            `"${c.id}" carries ${action} that "${policy.conduits[other]?.id}" carries already`,
            "let each flow have one conduit: merge the two, or part their actions or classes",
          )
        taken.set(flow, i)
      }
    const shut = c.actions.filter((action) => guardrailOf(policy, zones, c.from, c.to, action) >= 0)
    if (shut.length === c.actions.length)
      problems.error(
        placeOf(`conduits[${i}].id`),
        `guardrails forbid all of "${c.id}"`,
        "remove the conduit or the guardrail",
      )
    else if (shut.length > 0)
      problems.warn(
        placeOf(`conduits[${i}].actions`),
        `guardrails forbid ${shut.join(", ")}`,
        "remove what never flows",
      )
  }
}
