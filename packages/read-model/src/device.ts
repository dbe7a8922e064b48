/** What the model tells of a device. */
import {
  type Assurance,
  type DeviceLabel,
  type LifeState,
  lifeOf,
  type Outcome,
  type ReasonCode,
  type TrustState,
} from "@assay/trust"
import { decodeFact } from "./device-facts.ts"
import type { StoredPartition } from "./store.ts"

/** Times are ISO 8601, by the log; origins are `epoch/partition/offset`. */
export interface DeviceTrust {
  readonly device: string
  readonly partition: number
  readonly state: TrustState | null
  /** Since when, and why, it has this state; null for a device that nobody admitted. */
  readonly since: string | null
  readonly reasons: ReadonlyArray<ReasonCode>
  /** 0..1, as it was before the last message. */
  readonly reputation: number | null
  /** Where it is in its life, and how it came there; null where nothing was ever said of that. */
  readonly life: {
    readonly state: LifeState
    readonly since: string
    readonly actors: ReadonlyArray<string>
    readonly reason: string | null
    readonly evidence: string | null
    readonly origin: string
  } | null
  /** What operators call it; null where nobody named it. */
  readonly label: DeviceLabel | null
  readonly decision: {
    readonly outcome: Outcome
    readonly reasons: ReadonlyArray<ReasonCode>
    readonly origin: string
    readonly time: string
    readonly kind: "original" | "released" | "revoked"
    /** The message that was decided anew. */
    readonly supersedes: string | null
  } | null
  /** Where its last message came from; null where no policy has said it yet. `id` is null where the policy assigns none. */
  readonly zone: { readonly id: string | null; readonly policy: number | null; readonly origin: string } | null
  readonly subject: {
    readonly vendor: string | null
    readonly class: string | null
    readonly assurance: Assurance
  } | null
  /** Why it is quarantined or revoked; null where it is not. */
  readonly quarantine: {
    readonly reasons: ReadonlyArray<ReasonCode>
    /** What an operator gave as reason, where an operator did it. */
    readonly operator: string | null
    /** The operators who signed that, by their DIDs; empty where no operator did it. */
    readonly signers: ReadonlyArray<string>
    readonly since: string
    readonly origin: string
  } | null
  /** What it had signed itself and what was rejected, as far as telemetry.rejected goes back; null where nothing was. */
  readonly rejected: {
    readonly count: number
    /** Of the last one. */
    readonly reasons: ReadonlyArray<ReasonCode>
    readonly detail: string | null
    /** Who handed it in, as the transport had authenticated it. */
    readonly principal: string | null
    readonly time: string
    readonly origin: string
  } | null
  readonly asOf: AsOf
}

/** Everything before this offset of audit.events is in. `time` is that of the last event, or null where there is none. */
export interface AsOf {
  readonly offset: number
  readonly time: string | null
}

const iso = (ms: number): string => new Date(ms).toISOString()

export const asOf = (stored: StoredPartition): AsOf => ({
  offset: stored.positions.audit ?? 0,
  time: stored.time === null ? null : iso(stored.time),
})

/** Null where the model does not have the device. */
export const toDevice = (
  device: string,
  epoch: number,
  partition: number,
  facts: Readonly<Record<string, string>>,
  stored: StoredPartition,
): DeviceTrust | null => {
  const trust = decodeFact(facts["t"], "t")
  const decision = decodeFact(facts["d"], "d")
  const operator = decodeFact(facts["o"], "o")
  const zone = decodeFact(facts["z"], "z")
  const rejected = decodeFact(facts["r"], "r")
  const life = decodeFact(facts["l"], "l")
  const named = decodeFact(facts["n"], "n")
  if (trust === null && decision === null && zone === null && life === null) return null
  const origin = (offset: number): string => `${epoch}/${partition}/${offset}`
  // The command and the transition that it caused stand at one entry.
  const command = operator !== null && operator.origin === trust?.origin ? operator : null
  const shut = trust !== null && (trust.to === "quarantined" || trust.to === "revoked")
  return {
    device,
    partition,
    state: trust?.to ?? decision?.trust ?? null,
    since: trust === null ? null : iso(trust.time),
    reasons: trust?.reasons ?? [],
    reputation: decision?.reputation ?? null,
    life:
      life === null
        ? null
        : {
            state: lifeOf(life.to, true, trust?.to ?? "learning") ?? life.to,
            since: iso(life.time),
            actors: life.actors,
            reason: life.reason,
            evidence: life.evidence,
            origin: origin(life.origin),
          },
    label: named === null ? null : { name: named.name, labels: named.labels },
    decision:
      decision === null
        ? null
        : {
            outcome: decision.outcome,
            reasons: decision.reasons,
            origin: origin(decision.origin),
            time: iso(decision.time),
            kind: decision.kind,
            supersedes: decision.supersedes === null ? null : origin(decision.supersedes),
          },
    zone: zone === null ? null : { id: zone.zone, policy: zone.policy, origin: origin(zone.origin) },
    subject: zone === null ? null : { vendor: zone.vendor, class: zone.class, assurance: zone.assurance },
    quarantine: !shut
      ? null
      : {
          reasons: trust.reasons,
          operator: command?.reason ?? null,
          signers: command?.signers ?? [],
          since: iso(trust.time),
          origin: origin(trust.origin),
        },
    rejected:
      rejected === null
        ? null
        : {
            count: Number(facts["rc"]),
            reasons: rejected.reasons,
            detail: rejected.detail,
            principal: rejected.principal,
            time: iso(rejected.time),
            origin: origin(rejected.origin),
          },
    asOf: asOf(stored),
  }
}
