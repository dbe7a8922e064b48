/** What an honest kind of machine is: what it says, when, by which clock; and what is right to make of it. */
import type { Random } from "./random.ts"

export interface Emission {
  /** When it is measured and signed: true time, milliseconds since 1970. Never before the emission before it. */
  readonly at: number
  /** By name. Empty where it only says that it is there. */
  readonly values: Readonly<Record<string, number | boolean>>
  /** When it reaches Assay, if not at once. */
  readonly arrives?: number
  /** What the machine's clock says, in seconds since 1970, if not the truth. */
  readonly iat?: number
  /** Signed, and lost on the way. */
  readonly lost?: true
  /**
   * Before this message it boots: `counted` with the next epoch, `forgot` with a position that it had stored earlier and
   * used since (a worn flash), `swapped` as a new board with a key and a credential of its own.
   */
  readonly boots?: "counted" | "forgot" | "swapped"
  /** What it says that it runs: the release before, or the one that all honest devices run. */
  readonly firmware?: "older" | "current"
  /** Unit of its values, where it changes. */
  readonly unit?: string
}

/** What is right to make of a machine of this kind. It is never quarantined, and never watched unless `watched` says so. */
export interface Right {
  /** The largest share of its messages, after those by which it is learned, that may be anything but verified. */
  readonly unverified: number
  /** Why it may be watched for a time; left out where it may not. */
  readonly watched?: string
  /** Anything but trusted at the end of a run is wrong, unless this says why. */
  readonly endsOtherwise?: string
}

export interface Kind {
  /** Stable, in kebab case: the name of its file. */
  readonly name: string
  /** One line for people. */
  readonly title: string
  /** How many messages it sends on an average day. */
  readonly perDay: number
  /** Days after which all that it does has happened at least once: the shortest run that shows it. */
  readonly days: number
  /** By the name of the measurement: its SenML unit (RFC 8428, section 12.1), or null for none. */
  readonly units: Readonly<Record<string, string | null>>
  /** How far its credential's start lies ahead of the first showing, in seconds: an issuer whose clock is ahead. */
  readonly credentialAhead?: number
  /** Whether the last stage alone can tell anything of it: what it is about is neither a key, a position nor a clock. */
  readonly isAboutValues: boolean
  /** Whoever runs such machines names their class as volatile in the profile; without that two messages in one place convict. */
  readonly isVolatile?: true
  readonly right: Right
  /** What one machine says, without end, from `start` (milliseconds since 1970) on. Deterministic. */
  emit(random: Random, start: number): Iterable<Emission>
}

/** How many messages a machine says until it is known: not counted against it. */
export const LEARNED_AFTER = 20
