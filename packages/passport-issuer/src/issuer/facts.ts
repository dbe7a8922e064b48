/** What the issuer knows of the devices of one partition, from what was decided. Pure: no clock, no log. */
import { type DeviceCredential, verifyCredential } from "@assay/credentials"
import {
  type AssayedMessage,
  type AuditEvent,
  isDelegated,
  LIFE_STATES,
  type LifeState,
  type Subject,
  type TrustState,
} from "@assay/trust"

export interface DeviceFacts {
  readonly state: TrustState
  /** Where it is in its life; null where nothing was ever said of that. */
  readonly life: LifeState | null
  /** 0..1. */
  readonly reputation: number
  /** By its accepted credential; null where no message with one was seen. */
  readonly subject: Subject | null
  /** Those that it last presented and that their issuers signed. */
  readonly credentials: ReadonlyArray<DeviceCredential>
}

/** Devices beyond this many get no passport: a bound of memory, about 300 bytes each. */
export const MAX_DEVICES = 1_000_000

/** Where the event of a life leads; null where its detail is none of ours. */
const lifeIn = (detail: string | null): LifeState | null => {
  try {
    const { to } = JSON.parse(detail ?? "null") as { readonly to?: unknown }
    return LIFE_STATES.find((state) => state === to) ?? null
  } catch {
    return null
  }
}

const NOBODY: DeviceFacts = { state: "learning", life: null, reputation: 0, subject: null, credentials: [] }

export class Facts {
  readonly #devices = new Map<string, DeviceFacts>()

  get(did: string): DeviceFacts | undefined {
    return this.#devices.get(did)
  }

  get all(): Iterable<readonly [string, DeviceFacts]> {
    return this.#devices
  }

  /** An event of audit.events, in order. @returns the device whose passports count no more by it; null where there is none */
  audit(event: AuditEvent): string | null {
    const { device, kind } = event
    // Who cannot sign can show no passport.
    if (device === null || isDelegated(device)) return null
    if (kind === "decision" && event.decision?.kind === "original" && event.decision.reputation !== null)
      this.#merge(device, { reputation: event.decision.reputation })
    if (kind === "life") {
      const life = lifeIn(event.detail)
      if (life === null) return null
      this.#merge(device, { life })
      return life === "active" ? null : device
    }
    if (kind !== "transition" || event.to === null) return null
    this.#merge(device, { state: event.to })
    return event.to === "trusted" ? null : device
  }

  /** A decided message. Only what passed credential-checker says anything of subject and credentials. */
  message({ claims, subject, verdicts }: AssayedMessage): void {
    if (claims === null || isDelegated(claims.iss) || verdicts.credential?.outcome === "fail") return
    if (claims.kind === "message") {
      if (subject !== null) this.#merge(claims.iss, { subject })
      return
    }
    const credentials = claims.credentials.flatMap((token) => {
      const found = verifyCredential(token)
      return "credential" in found && found.credential.subject === claims.iss ? [found.credential] : []
    })
    this.#merge(claims.iss, { credentials, ...(subject === null ? {} : { subject }) })
  }

  #merge(device: string, changes: Partial<DeviceFacts>): void {
    const before = this.#devices.get(device)
    if (before === undefined && this.#devices.size >= MAX_DEVICES) return
    this.#devices.set(device, { ...(before ?? NOBODY), ...changes })
  }
}
