/**
 * What applications at a CSE get to know of a device: its trust state, and what became of its last message. Folded from the audit
 * record; no reason and no limit is in it.
 */
import type { AssayedMessage, AuditEvent, Outcome, TrustState } from "@assay/trust"

export interface LastDecision {
  readonly outcome: Outcome
  /** Milliseconds since 1970, by the log. */
  readonly time: number
  /** `epoch/partition/offset` of the message. */
  readonly message: string
}

export interface Standing {
  /** Null before anything was said of it: it was never admitted. */
  readonly trust: TrustState | null
  /** Since when, milliseconds since 1970; null where there is none. */
  readonly since: number | null
  /** 0..1, before the last message; null before one was decided. */
  readonly reputation: number | null
  readonly last: LastDecision | null
  /** As the accepted credential says; null before a message with one was decided. */
  readonly vendor: string | null
  readonly class: string | null
  readonly assurance: string
}

const NOBODY: Standing = {
  trust: null,
  since: null,
  reputation: null,
  last: null,
  vendor: null,
  class: null,
  assurance: "none",
}

/** Whether nothing of the device flows: it was taken out by proof, by statistics or by operators. */
export const isSuspended = ({ trust }: Pick<Standing, "trust">): boolean =>
  trust === "quarantined" || trust === "revoked"

/** The standings of the devices that an adapter knows at its CSE; of no other. */
export class Standings {
  readonly #of = new Map<string, Standing>()
  readonly #isKnown: (device: string) => boolean

  constructor(isKnown: (device: string) => boolean) {
    this.#isKnown = isKnown
  }

  get(device: string): Standing {
    return this.#of.get(device) ?? NOBODY
  }

  /** @returns the device whose standing became another; null where none did */
  audit({ kind, device, to, decision, origin, time }: AuditEvent): string | null {
    if (device === null || !this.#isKnown(device)) return null
    if (kind === "transition" && to !== null) return this.#set(device, { trust: to, since: time })
    if (kind !== "decision" || decision === null || decision.kind !== "original") return null
    const { epoch, partition, offset } = origin
    const last = { outcome: decision.outcome, time, message: `${epoch}/${partition}/${offset}` }
    return this.#set(device, { last, reputation: decision.reputation })
  }

  /** What the credential of a device says. @returns as `audit` */
  message({ claims, subject }: Pick<AssayedMessage, "claims" | "subject">): string | null {
    if (claims === null || subject === null || !this.#isKnown(claims.iss)) return null
    const { vendor, class: deviceClass, assurance } = this.get(claims.iss)
    if (vendor === subject.vendor && deviceClass === subject.class && assurance === subject.assurance) return null
    return this.#set(claims.iss, subject)
  }

  #set(device: string, changes: Partial<Standing>): string {
    this.#of.set(device, { ...this.get(device), ...changes })
    return device
  }
}
