/**
 * A device's life: its states, what moves it from one to another, and what it may do in each. Pure. Each move is recorded as an audit
 * event of the kind `life`. A device of which nobody has ever said anything of this lives as it did before there was any of it:
 * `active` from its admission on.
 */
import type { TrustState } from "./verdict.ts"

/**
 * `manufactured` its maker has signed a voucher; `claimed` its owner has shown it; `attested` what it is has been appraised; `active` it
 * may speak; `suspended` an operator stopped it, for a while; `quarantined` active, and its trust state says no; `transferred` it has
 * another owner, and this key counts no more; `retired` for ever.
 */
export const LIFE_STATES = [
  "manufactured",
  "claimed",
  "attested",
  "active",
  "suspended",
  "quarantined",
  "transferred",
  "retired",
] as const
export type LifeState = (typeof LIFE_STATES)[number]

/** What operators order; each is a verb of a command. */
export const LIFE_VERBS = ["claim", "attest", "suspend", "resume", "transfer", "retire"] as const
export type LifeVerb = (typeof LIFE_VERBS)[number]

/** `make` stands in the voucher, `admit` follows from an accepted credential, the last two from the trust state. */
export const LIFE_MOVES = ["make", "admit", ...LIFE_VERBS, "quarantine", "release"] as const
export type LifeMove = (typeof LIFE_MOVES)[number]

/** Distinct operators that a verb needs, whatever a bundle says: two where it gives back or cannot be taken back. */
export const LIFE_SIGNERS: Readonly<Record<LifeVerb, number>> = {
  claim: 1,
  attest: 1,
  suspend: 1,
  resume: 2,
  transfer: 2,
  retire: 2,
}

const END: Partial<Record<LifeMove, LifeState>> = { transfer: "transferred", retire: "retired" }

/** Where each move leads; what is not here is refused. `new` is a device of which nothing is known. */
const MOVES: Readonly<Record<LifeState | "new", Partial<Record<LifeMove, LifeState>>>> = {
  new: { make: "manufactured", ...END },
  manufactured: { claim: "claimed", ...END },
  claimed: { attest: "attested", ...END },
  attested: { admit: "active", ...END },
  active: { suspend: "suspended", quarantine: "quarantined", ...END },
  suspended: { resume: "active", ...END },
  quarantined: { release: "active", suspend: "suspended", ...END },
  transferred: { retire: "retired" },
  retired: {},
}

/** Where a move leads; null where it is refused. @param state null: nothing is known of the device */
export const lifeAfter = (state: LifeState | null, move: LifeMove): LifeState | null =>
  MOVES[state ?? "new"][move] ?? null

/** What is allowed in a state, for people. */
export const movesFrom = (state: LifeState | null): ReadonlyArray<LifeMove> =>
  LIFE_MOVES.filter((move) => lifeAfter(state, move) !== null)

/**
 * The state of a device, from what is kept of its life and of its trust.
 * @param kept null: nothing was ever said of its life
 */
export const lifeOf = (kept: LifeState | null, isAdmitted: boolean, trust: TrustState): LifeState | null => {
  const state = kept ?? (isAdmitted ? "active" : null)
  return state === "active" && trust === "quarantined" ? "quarantined" : state
}

export const isLifeVerb = (verb: string): verb is LifeVerb => (LIFE_VERBS as ReadonlyArray<string>).includes(verb)

/** Whether nothing that the device signs counts any more, for ever. */
export const isLifeOver = (state: LifeState | null): boolean => state === "transferred" || state === "retired"
