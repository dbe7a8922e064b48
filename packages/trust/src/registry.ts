/**
 * Trust registries: who else says which issuers count. The bundle names a registry with what it may grant at most, and an item of
 * knowledge holds what it answered (TRQP 2.0, ToIP): authorization of an issuer, or recognition of another authority.
 */
import { type Active, itemKey, type Knowledge, type TrustedIssuer } from "./knowledge.ts"
import type { Assurance } from "./verdict.ts"

export const REGISTRY_KIND = "trust-registry"

/** As the bundle names it. */
export interface TrustedRegistry {
  /** The id of its authority, a URI: `authority_id` of TRQP. */
  readonly authority: string
  /** Where it answers: an https URL, without a slash at its end. */
  readonly url: string
  /** The id of the governance framework that it answers under, a URI. */
  readonly framework: string
  /** So many resolvers must sign what it answered, for an answer has no signature; 2 at least. */
  readonly resolvers: number
  /** An answer counts for so long after it was given at most, milliseconds. */
  readonly maxAgeMs: number
  /** So many recognitions may lie between it and the authority that authorizes an issuer; 0: none. */
  readonly depth: number
  /** What an issuer that it authorizes may attest at most. */
  readonly scope: Omit<TrustedIssuer, "did">
  /** What its framework calls a level of assurance, and which one of ours that is. */
  readonly levels: ReadonlyArray<{ readonly level: string; readonly assurance: Assurance }>
}

export const REGISTRY_QUERIES = ["authorization", "recognition"] as const

export interface RegistryAnswer {
  /** `authorization`: whether the authority lets the entity do it. `recognition`: whether it takes the entity for an authority on it. */
  readonly query: (typeof REGISTRY_QUERIES)[number]
  /** Whose word it is, and about whom: URIs. */
  readonly authority: string
  readonly entity: string
  /** `issue` alone counts. */
  readonly action: string
  /** The type of the credential. */
  readonly resource: string
  /** The level of assurance that was asked for; null: none was. */
  readonly level: string | null
  readonly holds: boolean
  /** When the registry evaluated it, and until when it lasts; milliseconds since 1970. */
  readonly evaluated: number
  readonly expires: number
}

/** What a registry of the bundle answered, and authorities that it recognises. */
export interface RegistryAnswers {
  /** Of the bundle's registry. */
  readonly authority: string
  readonly framework: string
  /** Milliseconds since 1970. */
  readonly checked: number
  readonly expires: number
  readonly answers: ReadonlyArray<RegistryAnswer>
}

/** The action that makes an issuer. */
export const ISSUE = "issue"

/** What is in force of the registries that a bundle names, in its order. */
export const registriesIn = (
  { items }: Pick<Knowledge, "items">,
  registries: ReadonlyArray<TrustedRegistry>,
): ReadonlyArray<readonly [registry: TrustedRegistry, item: Active<RegistryAnswers>]> =>
  registries.flatMap((registry) => {
    const item = items.get(itemKey(REGISTRY_KIND, registry.authority)) as Active<RegistryAnswers> | undefined
    return item === undefined ? [] : [[registry, item] as const]
  })

/** Whether it, or an authority behind it, lets the entity issue something. */
export const authorizes = ({ answers }: RegistryAnswers, did: string): boolean =>
  answers.some(({ query, entity, holds }) => query === "authorization" && entity === did && holds)
