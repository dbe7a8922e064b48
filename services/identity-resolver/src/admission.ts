/** Is an admission proven? Whoever can write to `submitted` can ask for one. Pure, but for the issuers' signatures. */
import { firstThatHolds, viewOf } from "@assay/credentials"
import {
  type AdmissionEntry,
  delegateIn,
  delegateOf,
  delegationOf,
  isDelegated,
  type Rejection,
  type StateView,
  signerOf,
} from "@assay/trust"
import type { IdentityFacts } from "./facts.ts"
import { type JudgeConfig, misdirected } from "./judge.ts"
import { roleOf } from "./knowledge.ts"
import { isKeyRevoked } from "./revoked.ts"
import type { IdentityState } from "./state.ts"

type Held = ReturnType<typeof firstThatHolds>
/** What was found for an entry: it is asked for twice, and a signature of an issuer is most of what an admission costs. */
const found = new WeakMap<AdmissionEntry, Held>()

const heldBy = (
  config: JudgeConfig,
  entry: AdmissionEntry,
  bundle: NonNullable<AdmissionEntry["knowledge"]["bundle"]>,
  credentials: ReadonlyArray<string>,
): Held => {
  const before = found.get(entry)
  if (before !== undefined) return before
  const view = viewOf(bundle, entry.knowledge.items)
  const held = firstThatHolds(entry.device, credentials, view, entry.time, config.futureSkew * 1000)
  found.set(entry, held)
  return held
}

/**
 * Null where the entry carries a presentation that its device signed for this deployment, with a credential that holds
 * under the bundle in force at the entry; for a device that cannot sign, a message that its gateway signed, and a delegation. How
 * old the presentation is does not count: the entry may have waited, and whether it was new was judged where it lies.
 * @param facts what `prepare` found of the presentation
 */
export const whyNotAdmitted = (
  config: JudgeConfig,
  entry: AdmissionEntry,
  facts: IdentityFacts,
  states: StateView<IdentityState>,
): Rejection | null => {
  const why = flawOf(config, entry, facts, states)
  return why === null ? null : { reason: "control.admission_unproven", detail: why, signed: false }
}

const flawOf = (
  config: JudgeConfig,
  entry: AdmissionEntry,
  facts: IdentityFacts,
  states: StateView<IdentityState>,
): string | null => {
  const { device, origin, proof, time, knowledge } = entry
  if (proof === null) return "it carries no presentation"
  const { epoch, partition, offset } = proof.origin
  if (epoch !== origin.epoch || partition !== origin.partition || offset < 0 || offset >= origin.offset)
    return `no presentation can lie at ${epoch}/${partition}/${offset}`
  if (facts === undefined) throw new Error("the admission was not prepared")
  if ("reason" in facts) return `${facts.reason}: ${facts.detail}`
  const { claims, keyId } = facts
  if (isKeyRevoked(facts, states)) return "identity.key_revoked: operators have revoked the key that signed it"
  const delegated = isDelegated(device)
  if (delegated && (claims.kind !== "message" || claims.iss !== device))
    return "it carries no message that a gateway signed for the device"
  if (!delegated && claims.kind !== "presentation") return "it carries another message than a presentation"
  const { bundle } = knowledge
  if (bundle === null) return "no trust bundle is in force"
  if (time >= bundle.expires) return "the trust bundle has expired"
  const elsewhere = misdirected(config, knowledge, facts)
  if (elsewhere !== null) return elsewhere.rejection.detail
  const role = roleOf(knowledge, keyId)
  if (role !== null) return `the key of ${signerOf(device)} is that of ${role}`
  if (claims.kind !== "presentation") return whyNotDelegated(entry)
  const held = heldBy(config, entry, bundle, claims.credentials)
  return "why" in held ? held.why : null
}

/** A device that cannot sign presents nothing: its gateway's message and the delegation that names it are what admits it. */
const whyNotDelegated = ({ device, time, knowledge }: AdmissionEntry): string | null => {
  const delegation = delegationOf(knowledge, signerOf(device))
  if (delegation === null) return `no delegation of ${signerOf(device)} is in force`
  if (time >= delegation.expires) return "the delegation has expired"
  return delegateIn(delegation, delegateOf(device)!) === undefined ? "the delegation does not name the device" : null
}

/** The class that an admission's credential or delegation names; null where none holds: the entry was refused then. */
export const admittedClass = (config: JudgeConfig, entry: AdmissionEntry, facts: IdentityFacts): string | null => {
  const name = delegateOf(entry.device)
  if (name !== null) {
    const delegation = delegationOf(entry.knowledge, signerOf(entry.device))
    return (delegation === null ? undefined : delegateIn(delegation, name))?.class ?? null
  }
  const { bundle } = entry.knowledge
  if (bundle === null || facts === undefined || "reason" in facts || facts.claims.kind !== "presentation") return null
  const held = heldBy(config, entry, bundle, facts.claims.credentials)
  return "terms" in held ? held.terms.class : null
}
