/** What befell one device in one run: the decisions on what it signed, what it was charged with, and how its trust moved. Pure. */
import { consequenceOf } from "@assay/detection"
import type { Decided } from "@assay/engine"
import { type AuditEvent, type ReasonCode, reasonInfo, type TrustState } from "@assay/trust"
import type { Delivery } from "./carrier.ts"
import type { Driven } from "./drive.ts"

/** A run: what was handed over, and what came of it. */
export interface Side {
  readonly deliveries: ReadonlyArray<Delivery>
  readonly run: Driven
}

export interface Story {
  /** The decisions on each thing that it signed, by id, in the order of arrival, without those that were rejected. */
  readonly decided: ReadonlyMap<number, ReadonlyArray<Decided>>
  /** All of them, in the order of arrival. */
  readonly inOrder: ReadonlyArray<Decided>
  /** `ID CODE` of each charge. */
  readonly charged: ReadonlySet<string>
  /** The states that it fell to. */
  readonly falls: ReadonlyArray<TrustState>
  /** Proofs against it that were recorded. */
  readonly proofs: number
}

const FALLS: ReadonlyArray<TrustState> = ["watched", "quarantined", "revoked", "stale"]

/** Whether a reason costs its device reputation, or more. */
const isCharge = (code: ReasonCode): boolean => {
  const { attribution, weight } = reasonInfo(code)
  return attribution === "device" && (weight > 0 || consequenceOf(code) !== "message")
}

export const storyOf = (device: string, { deliveries, run }: Side): Story => {
  const decided = new Map<number, Array<Decided>>()
  const inOrder: Array<Decided> = []
  const charged = new Set<string>()
  for (const [nth, { sent }] of deliveries.entries()) {
    if (sent.device !== device) continue
    const one = run.decided[nth]
    if (one === undefined) throw new Error(`a copy of message ${sent.id} was never decided`)
    if (one.decision.outcome === "rejected") continue
    decided.set(sent.id, [...(decided.get(sent.id) ?? []), one])
    inOrder.push(one)
    for (const code of one.decision.reasons) if (isCharge(code)) charged.add(`${sent.id} ${code}`)
  }
  const about = run.audit.filter((event) => event.device === device)
  const proofs = about.filter(({ kind }) => kind === "proof").length
  return { decided, inOrder, charged, falls: about.flatMap(fallOf), proofs }
}

const fallOf = (event: AuditEvent): ReadonlyArray<TrustState> =>
  event.kind === "transition" && event.to !== null && FALLS.includes(event.to) ? [event.to] : []

/** Where the device stands at the end: its state before its last message. */
export const lastStanding = ({ inOrder }: Story): string => {
  const last = inOrder.at(-1)?.decision
  return `${last?.trust} ${last?.reputation}`
}

/** Where reputation fell from one message to the next, or null: never, where nothing is charged. */
export const reputationLost = ({ inOrder }: Story): string | null => {
  let best = 0
  for (const { decision, origin } of inOrder) {
    const { reputation } = decision
    if (reputation === null) continue
    // Sums of doubles.
    if (reputation < best - 1e-12)
      return `its reputation fell from ${best} to ${reputation} before ${origin.partition}/${origin.offset}`
    best = reputation
  }
  return null
}

/** Without a bundle no place is taken, so a copy is decided as well: in the same way, or it is not the same text. */
export const textOf = (decided: ReadonlyArray<Decided> = []): string => {
  const texts = decided.map(
    ({ decision: { outcome, reasons, trust, reputation } }) => `${outcome} ${trust} ${reputation} ${reasons.join(" ")}`,
  )
  const isUnknown = decided.every(({ decision }) => decision.reasons.includes("identity.knowledge_missing"))
  return (isUnknown ? [...new Set(texts)] : texts).join(" | ") || "rejected"
}
