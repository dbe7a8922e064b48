/** Limits of credential-checker, fixed in code, what the profile sets, and what the stage needs from outside. */
import type { VerifyJob } from "@assay/jose/verify"
import {
  ACTIONS,
  type Action,
  type AgeRules,
  ageOf,
  byProfile,
  DEFAULT_RULES,
  type Knowledge,
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
  /** Seconds that a message of a device of this class may be old, by the log against its signed `iat`. */
  readonly age: (deviceClass: string, act: Action) => number
  /** The greatest age of any act, for such a device. */
  readonly greatestAge: (deviceClass: string) => number
}

const rulesOf = (rules: ProfileRules & AgeRules): CredentialRules => {
  const greatest = (deviceClass: string): number => Math.max(...ACTIONS.map((act) => ageOf(rules, deviceClass, act)))
  const ofClass = new Map(Object.keys(rules.classes ?? {}).map((name) => [name, greatest(name)]))
  const ofOthers = Math.max(...ACTIONS.map((act) => rules.freshness[act]))
  return {
    skewMs: rules.freshness.futureSkew * 1000,
    age: (deviceClass, act) => ageOf(rules, deviceClass, act),
    greatestAge: (deviceClass) => ofClass.get(deviceClass) ?? ofOthers,
  }
}

/** The rules at an entry. */
export const rulesUnder: (knowledge: Knowledge) => CredentialRules = byProfile(rulesOf(DEFAULT_RULES), rulesOf)

/** What the stage needs from outside. */
export interface CredentialPorts {
  /** One `Verification` of `@assay/jose` per job, in order, for example `VerifyPool.verifyBatch`. */
  readonly verify: (jobs: ReadonlyArray<VerifyJob>) => Promise<Uint8Array>
}
