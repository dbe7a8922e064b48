/**
 * What an access control policy of a CSE (`acp`, TS-0001, clause 9.6.2) grants at the resources of a device, so that it follows the
 * segmentation policy: never more. What a CSE cannot ask, such as an hour of the day or a rate, is granted to nobody. Pure.
 */
import { pathOf } from "@assay/segmentation"
import { type Action, ASSURANCES, type Conduit, type SegmentationPolicy } from "@assay/trust"
import { isSuspended, type Standing } from "./standing.ts"

/** Operations that a rule grants, added up (`acop`; TS-0004, clause 6.3.4.2.29). */
export const MAY = { create: 1, retrieve: 2, update: 4, delete: 8, notify: 16, discover: 32, all: 63 } as const

/** One accessControlRule: who, and which operations. */
export interface Rule {
  readonly acor: ReadonlyArray<string>
  readonly acop: number
  /** The types of the resources that may be created below; left out: all (`acod/chty`). */
  readonly chty?: ReadonlyArray<number>
}

/** A device at a CSE. */
export interface Member {
  readonly did: string
  readonly aeId: string
  readonly standing: Standing
}

export interface InForce {
  readonly policy: SegmentationPolicy
  /** Milliseconds since 1970. */
  readonly time: number
}

const isGranted = (conduit: Conduit, { reputation, assurance }: Standing, time: number): boolean =>
  // What is only observed lets flow what the policy would refuse; what has hours or a rate a CSE cannot ask.
  conduit.mode === "enforce" &&
  conduit.window === null &&
  conduit.ratePerMinute === null &&
  (conduit.expires === null || conduit.expires > time) &&
  (conduit.minTrust === null || (reputation !== null && reputation * 100 >= conduit.minTrust)) &&
  (conduit.minAssurance === null ||
    ASSURANCES.indexOf(assurance as (typeof ASSURANCES)[number]) >= ASSURANCES.indexOf(conduit.minAssurance))

/** Whether the policy lets `from` say this to `to`, without a condition that only Assay can ask. */
export const mayFlow = (from: Member, to: Member, action: Action, { policy, time }: InForce): boolean => {
  if (policy.expires <= time || isSuspended(from.standing) || isSuspended(to.standing)) return false
  const { vendor, class: deviceClass } = from.standing
  const { conduit: id } = pathOf(policy, { device: from.did, vendor, class: deviceClass, audience: to.did, action })
  const conduit = policy.conduits.find((one) => one.id === id)
  return conduit !== undefined && isGranted(conduit, from.standing, time)
}

/**
 * The rules at what belongs to a device. Itself it may make content instances and read what is its own, as long as it is not
 * suspended; others may read where the policy lets its
 * telemetry and its events flow to them: a container holds both, and a CSE cannot tell one from the other.
 * @param policy null: none is in force, and nobody is granted anything
 */
export const privilegesOf = (
  member: Member,
  others: ReadonlyArray<Member>,
  inForce: InForce | null,
  adapter: string,
): ReadonlyArray<Rule> => {
  const own: Rule = { acor: [adapter], acop: MAY.all }
  if (inForce === null || inForce.policy.expires <= inForce.time || isSuspended(member.standing)) return [own]
  const readers = others
    .filter(({ did }) => did !== member.did)
    .filter((other) => mayFlow(member, other, "telemetry", inForce) && mayFlow(member, other, "event", inForce))
    .map(({ aeId }) => aeId)
    .toSorted()
  const self: Rule = { acor: [member.aeId], acop: MAY.create | MAY.retrieve | MAY.discover }
  return [own, self, ...(readers.length === 0 ? [] : [{ acor: readers, acop: MAY.retrieve | MAY.discover }])]
}

/** Who is granted which operations, on which types, however the rules are written. */
const grantsIn = (rules: ReadonlyArray<Rule>): ReadonlyMap<string, number> => {
  const grants = new Map<string, number>()
  for (const { acor, acop, chty } of rules)
    for (const who of acor)
      for (const key of chty === undefined ? [who] : chty.map((type) => `${who} ${type}`))
        grants.set(key, (grants.get(key) ?? 0) | acop)
  return grants
}

/** What `found` grants beyond `wanted`: `AE-ID: operations`, one for each; none where it is equal or narrower. */
export const wider = (found: ReadonlyArray<Rule>, wanted: ReadonlyArray<Rule>): ReadonlyArray<string> => {
  const allowed = grantsIn(wanted)
  return [...grantsIn(found)].flatMap(([who, acop]) => {
    // What is granted for all types is granted for each.
    const beyond = acop & ~((allowed.get(who) ?? 0) | (allowed.get(who.split(" ")[0]!) ?? 0))
    return beyond === 0 ? [] : [`${who}: ${beyond}`]
  })
}

/** Whether both grant the same. */
export const isSame = (one: ReadonlyArray<Rule>, other: ReadonlyArray<Rule>): boolean =>
  wider(one, other).length === 0 && wider(other, one).length === 0
