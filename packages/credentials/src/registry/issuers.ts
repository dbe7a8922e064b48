/**
 * Which issuers count because a registry of the bundle says so: directly, or through authorities that it recognises, within the bundle's
 * depth. Scopes intersect, and assurance and expiry take the least on the way. Pure.
 */
import {
  type Active,
  ASSURANCES,
  type Assurance,
  ISSUE,
  type RegistryAnswer,
  type RegistryAnswers,
  type TrustedIssuer,
  type TrustedRegistry,
} from "@assay/trust"

/** An issuer, as one registry lets it count. */
export interface Registered {
  readonly issuer: TrustedIssuer
  /** Milliseconds since 1970: the first end of an answer on the way. */
  readonly expires: number
  /** The registry's authority, and the item that holds its answers. */
  readonly registry: string
  readonly hash: string
}

/** What the registries of a bundle say of issuers. */
export interface RegisteredIssuers {
  /** By DID; several where several registries authorize it. */
  readonly by: ReadonlyMap<string, ReadonlyArray<Registered>>
  /** By `DID resource`: the authority that says that it may not, while another registry says that it may. */
  readonly conflicts: ReadonlyMap<string, string>
  /** Of all items that were asked. */
  readonly hashes: ReadonlyArray<string>
}

const least = (a: Assurance, b: Assurance): Assurance => (ASSURANCES.indexOf(a) < ASSURANCES.indexOf(b) ? a : b)

/** What a level of the framework is here; what is not mapped is a claim and no more. */
const assuranceOf = ({ levels }: TrustedRegistry, level: string | null): Assurance =>
  levels.find((one) => one.level === level)?.assurance ?? "claimed"

/** An authority on one resource, as far as the registry lets it count. */
interface Reached {
  readonly authority: string
  readonly depth: number
  readonly maxAssurance: Assurance
  readonly expires: number
}

const isAbout = (answer: RegistryAnswer, query: RegistryAnswer["query"], resource: string): boolean =>
  answer.query === query && answer.resource === resource && answer.action === ISSUE

/** An answer that was contradicted by the same authority says nothing. */
const isContradicted = (answer: RegistryAnswer, all: ReadonlyArray<RegistryAnswer>): boolean =>
  all.some(
    (other) =>
      other.holds !== answer.holds &&
      other.query === answer.query &&
      other.authority === answer.authority &&
      other.entity === answer.entity &&
      other.action === answer.action &&
      other.resource === answer.resource &&
      other.level === answer.level,
  )

/** Whose word counts on a resource: the registry itself, and who is recognised within its depth, each by the shortest way. */
const authoritiesOn = (
  resource: string,
  registry: TrustedRegistry,
  { answers, authority, expires }: RegistryAnswers,
): ReadonlyArray<Reached> => {
  const start: Reached = { authority, depth: 0, maxAssurance: registry.scope.maxAssurance, expires }
  const reached = new Map<string, Reached>([[authority, start]])
  for (let from: ReadonlyArray<Reached> = [start]; from.length > 0; ) {
    const next: Array<Reached> = []
    for (const one of from) {
      if (one.depth === registry.depth) continue
      for (const answer of answers) {
        if (!isAbout(answer, "recognition", resource) || answer.authority !== one.authority || !answer.holds) continue
        if (reached.has(answer.entity) || isContradicted(answer, answers)) continue
        const found: Reached = {
          authority: answer.entity,
          depth: one.depth + 1,
          maxAssurance:
            answer.level === null ? one.maxAssurance : least(one.maxAssurance, assuranceOf(registry, answer.level)),
          expires: Math.min(one.expires, answer.expires),
        }
        reached.set(answer.entity, found)
        next.push(found)
      }
    }
    from = next
  }
  return [...reached.values()]
}

interface Grant {
  readonly resource: string
  readonly assurance: Assurance
  readonly expires: number
}

/** What one registry grants to each issuer, by DID; of several levels the highest. */
const grantsOf = (registry: TrustedRegistry, item: RegistryAnswers): ReadonlyMap<string, ReadonlyArray<Grant>> => {
  const grants = new Map<string, Map<string, Grant>>()
  const resources = new Set(item.answers.map(({ resource }) => resource))
  for (const resource of resources)
    for (const { authority, maxAssurance, expires } of authoritiesOn(resource, registry, item))
      for (const answer of item.answers) {
        if (!isAbout(answer, "authorization", resource) || answer.authority !== authority || !answer.holds) continue
        if (isContradicted(answer, item.answers)) continue
        const assurance = least(maxAssurance, assuranceOf(registry, answer.level))
        const own = grants.get(answer.entity) ?? new Map<string, Grant>()
        const before = own.get(resource)
        if (before === undefined || ASSURANCES.indexOf(before.assurance) < ASSURANCES.indexOf(assurance))
          own.set(resource, { resource, assurance, expires: Math.min(expires, answer.expires) })
        grants.set(answer.entity, own)
      }
  return new Map([...grants].map(([did, own]) => [did, [...own.values()]]))
}

const within = (allowed: ReadonlyArray<string>, name: string): boolean =>
  allowed.includes("*") || allowed.includes(name)

const registered = (
  did: string,
  grants: ReadonlyArray<Grant>,
  registry: TrustedRegistry,
  { hash }: Active<RegistryAnswers>,
): Registered | null => {
  const granted = grants.filter(({ resource }) => within(registry.scope.credentialTypes, resource))
  const [first] = granted
  if (first === undefined) return null
  return {
    issuer: {
      ...registry.scope,
      did,
      credentialTypes: granted.map(({ resource }) => resource),
      maxAssurance: granted.reduce((lowest, { assurance }) => least(lowest, assurance), first.assurance),
    },
    expires: Math.min(...granted.map(({ expires }) => expires)),
    registry: registry.authority,
    hash,
  }
}

/** Who of those whose word counts says that an entity may not: by `DID resource`. A denial of one level alone denies no other. */
const denialsOf = (registry: TrustedRegistry, item: RegistryAnswers): ReadonlyMap<string, string> => {
  const denials = new Map<string, string>()
  for (const { query, authority, entity, resource, action, level, holds } of item.answers) {
    if (query !== "authorization" || holds || action !== ISSUE || level !== null) continue
    if (authoritiesOn(resource, registry, item).some((one) => one.authority === authority))
      denials.set(`${entity} ${resource}`, authority)
  }
  return denials
}

/**
 * A registry that does not authorize an issuer itself, and recognises who does, contradicts nothing; another registry of the bundle does.
 * @param of each registry of a bundle with what is in force of its answers
 */
export const registeredIssuers = (
  of: ReadonlyArray<readonly [registry: TrustedRegistry, item: Active<RegistryAnswers>]>,
): RegisteredIssuers => {
  const by = new Map<string, Array<Registered>>()
  const conflicts = new Map<string, string>()
  for (const [registry, item] of of)
    for (const [did, grants] of grantsOf(registry, item.body)) {
      const found = registered(did, grants, registry, item)
      if (found !== null) by.set(did, [...(by.get(did) ?? []), found])
    }
  for (const [registry, item] of of)
    for (const [key, authority] of denialsOf(registry, item.body)) {
      const [did, resource] = key.split(" ") as [string, string]
      const others = (by.get(did) ?? []).filter((one) => one.registry !== registry.authority)
      if (others.some(({ issuer }) => issuer.credentialTypes.includes(resource))) conflicts.set(key, authority)
    }
  return { by, conflicts, hashes: of.map(([, { hash }]) => hash) }
}
