/**
 * Limits of identity-resolver, and what the stage needs from outside. Freshness and positions come from the profile in force;
 * the rest is fixed in code. No setting changes them.
 */
import type { VerifyJob } from "@assay/jose/verify"
import {
  ACTIONS,
  type Action,
  type AgeRules,
  byProfile,
  DEFAULT_RULES,
  type Knowledge,
  longestAge,
  type Profile,
  type ProfileRules,
} from "@assay/trust"
import { hashOfClass } from "./volatile.ts"

export interface IdentityLimits {
  /** Seconds that a message may be old, per act, whatever its class. Acts that move machines must be fresh; measurements may have been buffered. */
  readonly freshness: Readonly<Record<Action, number>>
  /** Seconds that a presentation may be old. */
  readonly presentationFreshness: number
  /** As `Positions` of the profile. */
  readonly presentationsPerMinute: number
  /** Seconds that a device's clock may be ahead of the log's. */
  readonly futureSkew: number
  /** Boot epochs, and messages, beyond which a jump is said to be one. */
  readonly maxEpochJump: number
  readonly maxSequenceJump: number
  /** Milliseconds for which other branches must be silent, at least, before a contested one becomes the device's. */
  readonly silentMs: number
  /** Hashes of the classes whose devices may lose their position (`volatile.ts`). */
  readonly volatile: ReadonlySet<number>
  /** States of devices that were not admitted. */
  readonly maxStrangers: number
  /** Device keys kept decoded. */
  readonly maxKeys: number
}

const limitsOf = (rules: ProfileRules & AgeRules & Pick<Profile, "volatile">) => {
  const {
    freshness: { presentation, futureSkew },
    positions,
  } = rules
  return {
    // Which class the device has nobody knows yet: credential-checker holds it to the age of its own.
    freshness: Object.fromEntries(ACTIONS.map((act) => [act, longestAge(rules, act)])) as Record<Action, number>,
    presentationFreshness: presentation,
    futureSkew,
    ...positions,
    volatile: new Set((rules.volatile ?? []).map(hashOfClass)),
  }
}

export const DEFAULT_LIMITS: IdentityLimits = {
  ...limitsOf(DEFAULT_RULES),
  maxStrangers: 10_000,
  maxKeys: 65_536,
}

/** The limits at an entry: those of the profile in force; what bounds memory, and the rest of `base`, stays as given. */
export const limitsUnder = <Base extends IdentityLimits>(base: Base): ((knowledge: Knowledge) => Base) =>
  byProfile(base, (profile) => ({ ...base, ...limitsOf(profile) }))

/** What the stage needs from outside. */
export interface IdentityPorts {
  /** When the log was created, milliseconds since 1970 (`log.genesis`). */
  readonly genesis: number
  /** The partition of a device (`partitionOf(key, log.partitions)`). */
  readonly partitionOf: (device: string) => number
  /** One `Verification` of `@assay/jose` per job, for example `VerifyPool.verifyBatch`. */
  readonly verify: (jobs: ReadonlyArray<VerifyJob>) => Promise<Uint8Array>
}
