/** Limits of credential-checker, fixed in code, what the profile sets, and what the stage needs from outside. */
import type { Capabilities, Terms } from "@assay/credentials"
import type { VerifyJob } from "@assay/jose/verify"
import {
  ACTIONS,
  type Action,
  type AgeRules,
  ageOf,
  byProfile,
  DEFAULT_RULES,
  type Knowledge,
  longestAge,
  type ProfileRules,
} from "@assay/trust"

export interface CredentialLimits {
  /** States of devices whose admission has not come round yet. */
  readonly maxStrangers: number
  /** Verified credentials kept in memory, so that a device that shows one again costs no signature. */
  readonly maxVerified: number
}

export const DEFAULT_LIMITS: CredentialLimits = { maxStrangers: 10_000, maxVerified: 16_384 }

/** What the profile in force says that counts here. */
export interface CredentialRules {
  /** Milliseconds that an issuer's clock may be ahead of the log's: no more than a device's. */
  readonly skewMs: number
  /** Seconds that a message of a device under these terms may be old, by the log against its signed `iat`. */
  readonly age: (terms: AgedTerms, act: Action) => number
  /** The greatest age of any act, for such a device. */
  readonly greatestAge: (terms: AgedTerms) => number
}

/** What of a credential's terms says how old its device's messages may be. */
export interface AgedTerms extends Pick<Terms, "class"> {
  readonly capabilities: { readonly source: Pick<Capabilities, "maxAges"> }
}

const rulesOf = (rules: ProfileRules & AgeRules): CredentialRules => {
  const longest = Object.fromEntries(ACTIONS.map((act) => [act, longestAge(rules, act)])) as Record<Action, number>
  // An issuer knows its device, and the roots how much they wait for at all: identity-resolver goes by that.
  const age: CredentialRules["age"] = ({ class: deviceClass, capabilities }, act) => {
    const own = capabilities.source.maxAges?.[act]
    return own === undefined ? ageOf(rules, deviceClass, act) : Math.min(own, longest[act])
  }
  const greatest = (deviceClass: string): number => Math.max(...ACTIONS.map((act) => ageOf(rules, deviceClass, act)))
  const ofClass = new Map(Object.keys(rules.classes ?? {}).map((name) => [name, greatest(name)]))
  const ofOthers = Math.max(...ACTIONS.map((act) => rules.freshness[act]))
  return {
    skewMs: rules.freshness.futureSkew * 1000,
    age,
    greatestAge: (terms) =>
      terms.capabilities.source.maxAges === undefined
        ? (ofClass.get(terms.class) ?? ofOthers)
        : Math.max(...ACTIONS.map((act) => age(terms, act))),
  }
}

/** The rules at an entry. */
export const rulesUnder: (knowledge: Knowledge) => CredentialRules = byProfile(rulesOf(DEFAULT_RULES), rulesOf)

/** What the stage needs from outside. */
export interface CredentialPorts {
  /** One `Verification` of `@assay/jose` per job, in order, for example `VerifyPool.verifyBatch`. */
  readonly verify: (jobs: ReadonlyArray<VerifyJob>) => Promise<Uint8Array>
}
