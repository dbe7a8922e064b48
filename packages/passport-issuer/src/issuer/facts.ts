/** What the issuer knows of the devices of one partition, from what was decided. Pure: no clock, no log. */
import { type DeviceCredential, type Documents, readCredential, signed, verifiedKey } from "@assay/credentials"
import { hasDocument } from "@assay/did-document"
import { openMessage } from "@assay/message"
import { EAR_STATUS, type EarStatus } from "@assay/passport/issue"
import {
  type AssayedMessage,
  type Assurance,
  type AuditEvent,
  isDelegated,
  type LifeState,
  lifeMovedIn,
  type Subject,
  type TrustState,
} from "@assay/trust"
import { namesOf } from "./withdrawn.ts"

export interface DeviceFacts {
  readonly state: TrustState
  /** Where it is in its life; null where nothing was ever said of that. */
  readonly life: LifeState | null
  /** 0..1. */
  readonly reputation: number
  /** By its accepted credential; null where no message with one was seen. */
  readonly subject: Subject | null
  /** How far its word can be relied on, by its last decided message; with hardware appraised, `hardware`. */
  readonly assurance: Assurance
  /** Of its hardware, by the last appraisal and what it said since; null where there was none. */
  readonly ear: Ear | null
  /** Those that it last presented and that their issuers signed. */
  readonly credentials: ReadonlyArray<DeviceCredential>
  /**
   * `namesOf` those that it showed besides: before, or of an issuer whose document lists the key no more. Passports may rest on them. Null:
   * they are more than are kept.
   */
  readonly past: ReadonlyArray<string> | null
  /** What its document calls the key of its last message; null where its DID is its key. */
  readonly fragment: string | null
  /** Offsets on `submitted` of the last message and of the last presentation that say so: the streams are read one after the other. */
  readonly said: number
  readonly shown: number
}

/** What an attestation result came to (draft-ietf-rats-ear). */
export interface Ear {
  readonly status: EarStatus
  /** Milliseconds since 1970. */
  readonly expires: number
}

/** Devices beyond this many get no passport: a bound of memory, about 300 bytes each. */
export const MAX_DEVICES = 1_000_000
/** Names of what a device showed besides. */
const MAX_PAST = 32

const NOBODY: DeviceFacts = {
  state: "learning",
  life: null,
  reputation: 0,
  subject: null,
  assurance: "none",
  ear: null,
  credentials: [],
  past: [],
  fragment: null,
  said: -1,
  shown: -1,
}

/** What a device showed besides `credentials`, once it showed these as well; the same array where that is nothing new. */
const pastWith = (
  past: DeviceFacts["past"],
  shown: ReadonlyArray<DeviceCredential>,
  credentials: ReadonlyArray<DeviceCredential>,
): DeviceFacts["past"] => {
  if (past === null) return null
  const others = shown.filter(({ hash }) => credentials.every((one) => one.hash !== hash))
  if (others.length === 0) return past
  const names = new Set([...past, ...others.flatMap(namesOf)])
  return names.size > MAX_PAST ? null : [...names]
}

/** What an appraisal event says; null where the device's hardware stands for it no more. */
const earOf = (detail: string | null): Ear | null => {
  const { ear } = JSON.parse(detail ?? "{}") as {
    readonly ear?: {
      readonly exp: number
      readonly submods: Readonly<Record<string, { readonly ear_status: EarStatus }>>
    }
  }
  const [result] = Object.values(ear?.submods ?? {})
  return ear === undefined || result === undefined || !(result.ear_status in EAR_STATUS)
    ? null
    : { status: result.ear_status, expires: ear.exp * 1_000 }
}

/** What follows `#` in the `kid`, where a document lists the key. */
const fragmentOf = ({ claims, envelope }: AssayedMessage): string | null => {
  if (claims === null || !hasDocument(claims.iss)) return null
  const opened = openMessage(envelope.bytes)
  return "reason" in opened ? null : opened.header.kid.slice(claims.iss.length + 1)
}

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
      const moved = lifeMovedIn(event)
      if (moved === null) return null
      this.#merge(device, { life: moved.to })
      return moved.to === "active" ? null : device
    }
    if (kind === "appraisal") {
      this.#merge(device, { ear: earOf(event.detail) })
      return null
    }
    if (kind !== "transition" || event.to === null) return null
    this.#merge(device, { state: event.to })
    return event.to === "trusted" ? null : device
  }

  /**
   * A decided message. Only what passed credential-checker says anything of subject and credentials.
   * @param isWithheld it says nothing but what credentials the device has: a device shows them first, and is enrolled, or released, then
   * @param documents of issuers whose keys stand in them
   */
  message(message: AssayedMessage, isWithheld = false, documents?: Documents): void {
    const { claims, subject, verdicts, origin } = message
    if (claims === null || isDelegated(claims.iss) || verdicts.credential?.outcome === "fail") return
    if (isWithheld && (claims.kind !== "presentation" || verdicts.identity?.outcome === "fail")) return
    const { offset } = origin
    const before = this.#devices.get(claims.iss) ?? NOBODY
    if (claims.kind === "message") {
      const { anomaly } = verdicts
      if (subject !== null && anomaly !== null && offset > before.said)
        this.#merge(claims.iss, { subject, assurance: anomaly.assurance, said: offset, fragment: fragmentOf(message) })
      return
    }
    if (claims.kind !== "presentation") return
    const read = claims.credentials.flatMap((token) => {
      const found = readCredential(token)
      return "credential" in found && found.credential.subject === claims.iss ? [found] : []
    })
    const shown = read.map(({ credential }) => credential)
    if (offset < before.shown) {
      this.#merge(claims.iss, { past: pastWith(before.past, shown, before.credentials) })
      return
    }
    const credentials = read.flatMap((found) => {
      const key = verifiedKey(found.signed, found.credential.terms.issuer, documents)
      return "detail" in key ? [] : [signed(found, key)]
    })
    const past = pastWith(before.past, [...before.credentials, ...shown], credentials)
    const assurance = before.assurance === "none" ? (subject?.assurance ?? "none") : before.assurance
    const isNewest = subject !== null && offset > before.said
    this.#merge(claims.iss, { credentials, past, shown: offset, ...(isNewest ? { subject, assurance } : {}) })
  }

  /** What was taken so far lies before all that the next epoch says. */
  beginEpoch(): void {
    for (const [device, facts] of this.#devices)
      this.#devices.set(device, { ...facts, said: NOBODY.said, shown: NOBODY.shown })
  }

  #merge(device: string, changes: Partial<DeviceFacts>): void {
    const before = this.#devices.get(device)
    if (before === undefined && this.#devices.size >= MAX_DEVICES) return
    this.#devices.set(device, { ...(before ?? NOBODY), ...changes })
  }
}
