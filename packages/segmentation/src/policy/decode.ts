/** The located tree as a SegmentationPolicy: shape only. What the parts mean to each other is `check.ts`. */
import {
  ACTIONS,
  ASSURANCES,
  type Assignment,
  type Conduit,
  type Guardrail,
  type OffsetChange,
  type SegmentationPolicy,
  type Zone,
} from "@assay/trust"
import { isPattern } from "../audience-pattern.ts"
import { Fields, integer, list, matching, oneOf, text } from "./fields.ts"
import { LIMITS } from "./limits.ts"
import type { Problems } from "./problem.ts"
import type { Located } from "./source.ts"
import { dailyWindow, duration, instant, ZONE } from "./time.ts"

/** The `kind` line that every policy file begins with, so that a bundle is never taken for a policy. */
export const POLICY_KIND = "assay/segmentation/v1"

const id = matching(
  /^[a-z0-9][a-z0-9._-]{0,31}$/,
  `an id: 1 to ${LIMITS.id} of a-z 0-9 . _ -, beginning with a letter or digit`,
)
const zoneOrAny = matching(/^(\*|[a-z0-9][a-z0-9._-]{0,31})$/, 'a zone\'s id, or "*" for every zone')
const did = matching(
  /^did:[a-z0-9]+:[A-Za-z0-9._:%-]{1,480}(?:\/[A-Za-z0-9][A-Za-z0-9._:-]{0,127})?$/,
  "a DID without path, query or fragment; of a device that cannot sign, its gateway's DID, a slash and its name",
)
const audience = (node: Located, problems: Problems): string | null => {
  if (node.kind === "scalar" && typeof node.value === "string" && isPattern(node.value)) return node.value
  const found = node.kind === "scalar" ? JSON.stringify(node.value) : `a ${node.kind}`
  const want = "write a URI, exact or ending in /*, without query, fragment, %-escapes, empty and dot segments"
  problems.error(node.at, `found ${found.slice(0, 80)}`, want)
  return null
}
const actions = list(oneOf(ACTIONS), ACTIONS.length, 1)

/** The policy, or null where any part was refused; what is wrong is in `problems`. */
export const decodePolicy = (tree: Located, problems: Problems): SegmentationPolicy | null => {
  const f = Fields.of(tree, problems)
  if (f === null) return null
  f.need("kind", oneOf([POLICY_KIND]))
  const policy = {
    version: f.need("version", integer(1, 2 ** 31 - 1)),
    issued: f.need("issued", instant),
    expires: f.need("expires", instant),
    zones: f.need("zones", list(zone, LIMITS.zones, 1)),
    assignments: f.need("assignments", list(assignment, LIMITS.assignments)),
    conduits: f.need("conduits", list(conduit, LIMITS.conduits)),
    guardrails: f.may("guardrails", [], list(guardrail, LIMITS.guardrails)),
    lateral: f.need("lateral", lateral),
  }
  const zones = f.may<SegmentationPolicy["timezones"] | null>("timezones", null, timezones)
  f.close()
  if (problems.failed) return null
  return (zones === null ? policy : { ...policy, timezones: zones }) as SegmentationPolicy
}

// Each reader below returns a value with nulls in it where something was refused. That is safe because a refusal is in
// `problems`, and a policy with problems is never returned.

const zone = (node: Located, problems: Problems): Zone | null => {
  const f = Fields.of(node, problems)
  if (f === null) return null
  const value = {
    id: f.need("id", id),
    parent: f.may("parent", null, id),
    securityLevel: f.need("securityLevel", integer(1, 4)),
    audiences: f.may("audiences", [], list(audience, LIMITS.audiences)),
  }
  f.close()
  return value as Zone
}

const assignment = (node: Located, problems: Problems): Assignment | null => {
  const f = Fields.of(node, problems)
  if (f === null) return null
  const value = {
    zone: f.need("zone", id),
    devices: f.may("devices", [], list(did, LIMITS.devices)),
    vendor: f.may("vendor", null, text(LIMITS.text)),
    class: f.may("class", null, text(LIMITS.text)),
  }
  f.close()
  return value as Assignment
}

const conduit = (node: Located, problems: Problems): Conduit | null => {
  const f = Fields.of(node, problems)
  if (f === null) return null
  const value = {
    id: f.need("id", id),
    from: f.need("from", id),
    to: f.need("to", id),
    actions: f.need("actions", actions),
    classes: f.may("classes", [], list(text(LIMITS.text), LIMITS.classes)),
    mode: f.may("mode", "enforce", oneOf(["enforce", "observe"])),
    observeUntil: f.may<number | null>("observeUntil", null, instant),
    minTrust: f.may<number | null>("minTrust", null, integer(0, 100)),
    minAssurance: f.may<Conduit["minAssurance"]>("minAssurance", null, oneOf(ASSURANCES)),
    ratePerMinute: f.may<number | null>("ratePerMinute", null, integer(1, LIMITS.ratePerMinute)),
    window: f.may<Conduit["window"]>("window", null, dailyWindow),
    expires: f.may<number | null>("expires", null, instant),
    owner: f.need("owner", text(LIMITS.text)),
    reason: f.need("reason", text(LIMITS.text)),
  }
  f.close()
  return value as Conduit
}

const guardrail = (node: Located, problems: Problems): Guardrail | null => {
  const f = Fields.of(node, problems)
  if (f === null) return null
  const value = {
    id: f.need("id", id),
    from: f.need("from", zoneOrAny),
    to: f.need("to", zoneOrAny),
    actions: f.need("actions", actions),
    reason: f.need("reason", text(LIMITS.text)),
  }
  f.close()
  return value as Guardrail
}

const lateral = (node: Located, problems: Problems): SegmentationPolicy["lateral"] | null => {
  const f = Fields.of(node, problems)
  if (f === null) return null
  const value = { zones: f.need("zones", integer(2, LIMITS.lateralZones)), windowMs: f.need("window", duration) }
  f.close()
  return value as SegmentationPolicy["lateral"]
}

const change = (node: Located, problems: Problems): OffsetChange | null => {
  const f = Fields.of(node, problems)
  if (f === null) return null
  const value = { from: f.need("from", instant), offset: f.need("offset", integer(-18 * 60, 18 * 60)) }
  f.close()
  return value as OffsetChange
}
const changes = list(change, LIMITS.offsetChanges, 1)

const timezones = (node: Located, problems: Problems): SegmentationPolicy["timezones"] | null => {
  if (node.kind !== "map" || node.entries.size > LIMITS.timezones) {
    problems.error(
      node.at,
      "this is no map of time zones",
      `let \`assay policy sign\` write it; at most ${LIMITS.timezones}`,
    )
    return null
  }
  const zones: Record<string, ReadonlyArray<OffsetChange>> = {}
  for (const [name, { at, value }] of node.entries) {
    const read = changes(value, problems)
    if (!ZONE.test(name)) problems.error(at, "this is no name of a time zone", "write one such as Europe/Berlin")
    else if (read?.some(({ from }, i) => i > 0 && from <= read[i - 1]!.from))
      problems.error(at, "the changes do not ascend", "let `assay policy sign` write them")
    else if (read !== null) zones[name] = read
  }
  return zones
}
