/**
 * What the model keeps of a device: seven facts, each of which only ever gives way to a newer one.
 *
 *   t  trust      the last transition                        from audit.events
 *   d  decision   the last decision                          from audit.events
 *   o  operator   the last accepted command about the device from audit.events
 *   l  life       where it is in its life                    from audit.events
 *   n  name       what operators call it                     from audit.events
 *   z  zone       where the last message came from           from the decided streams: the audit record does not say
 *   r  rejected   the last message that it had signed and that was rejected, from telemetry.rejected; `rc` counts them
 *
 * A value is `<order> <JSON>`; order is `<offset on submitted, 16 digits>.<index, 8 digits>`, 25 characters. It is the id of
 * the audit event, which is the same in any split into batches, so it orders facts as the partition of `submitted` did.
 */
import type { Assurance, DeviceLabel, LifeState, Outcome, ReasonCode, TrustState, Verb } from "@assay/trust"

export type FactName = "t" | "d" | "o" | "l" | "n" | "z" | "r"

interface Placed {
  /** Offset on `submitted`. */
  readonly origin: number
  /** Milliseconds since 1970, by the log. */
  readonly time: number
  /** Offset on the stream it was read from. */
  readonly at: number
}

export interface TrustFact extends Placed {
  readonly to: TrustState
  readonly from: TrustState | null
  readonly reasons: ReadonlyArray<ReasonCode>
}

export interface DecisionFact extends Placed {
  readonly outcome: Outcome
  readonly reasons: ReadonlyArray<ReasonCode>
  /** Before the message. */
  readonly trust: TrustState | null
  readonly reputation: number | null
  readonly kind: "original" | "released" | "revoked"
  /** The offset on `submitted` of the message that was decided anew. */
  readonly supersedes: number | null
}

export interface OperatorFact extends Placed {
  readonly verb: Verb
  readonly reason: string
  /** DIDs, as the audit record names them. */
  readonly signers: ReadonlyArray<string>
}

export interface LifeFact extends Placed {
  readonly to: LifeState
  readonly from: LifeState | null
  /** Who moved it, by DID; empty where it followed from what was decided. */
  readonly actors: ReadonlyArray<string>
  readonly reason: string | null
  readonly evidence: string | null
}

export interface NameFact extends Placed, DeviceLabel {}

export interface ZoneFact extends Placed {
  /** Null: the policy assigns none. */
  readonly zone: string | null
  /** The version of the policy. */
  readonly policy: number | null
  readonly vendor: string | null
  readonly class: string | null
  readonly assurance: Assurance
}

/** A message that the device had signed and that was rejected: whoever handed it in, it is the device's own. */
export interface RejectedFact extends Placed {
  readonly reasons: ReadonlyArray<ReasonCode>
  /** What was wrong and what to change. */
  readonly detail: string | null
  /** Who handed it in, as the transport had authenticated it. */
  readonly principal: string | null
}

export type Fact =
  | { readonly name: "t"; readonly value: TrustFact }
  | { readonly name: "d"; readonly value: DecisionFact }
  | { readonly name: "o"; readonly value: OperatorFact }
  | { readonly name: "l"; readonly value: LifeFact }
  | { readonly name: "n"; readonly value: NameFact }
  | { readonly name: "z"; readonly value: ZoneFact }
  | { readonly name: "r"; readonly value: RejectedFact }

const ORDER = 25

export const orderOf = (offset: number, index: number): string =>
  `${String(offset).padStart(16, "0")}.${String(index).padStart(8, "0")}`

export const encodeFact = (order: string, value: Fact["value"]): string => `${order} ${JSON.stringify(value)}`

/** Null where there is none. */
export const decodeFact = <F extends FactName>(
  text: string | null | undefined,
  _name: F,
): Extract<Fact, { name: F }>["value"] | null =>
  text === null || text === undefined ? null : JSON.parse(text.slice(ORDER + 1))
